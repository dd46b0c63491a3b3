// Implements gate/client_questions.h.
#include "gate/client_questions.h"

#include <utility>

namespace gatepost {

ClientQuestions::ClientQuestions(const QuestionsWorld& world, const Address& client, bool with_name,
                                 Moment now, std::function<void()> named)
    : named_(std::move(named)) {
  if (!world.resolver) return;
  if (with_name) {
    asking_ = std::make_unique<ClientInquiry>(*world.resolver, client, std::vector<DnsQuestion>(),
                                              [this] { name_is_known(); });
  }
  if (world.lists) {
    auto lists = std::make_unique<DnsblInquiry>(*world.lists, *world.resolver, client, now,
                                                [this] { one_is_known(); });
    if (!lists->nothing_asked()) lists_ = std::move(lists);
  }
}

void ClientQuestions::name_is_known() {
  name_ = asking_->knowledge().name;
  asking_.reset();
  // Whom it calls may let the questions go.
  const auto named = std::exchange(named_, nullptr);
  if (!named) return one_is_known();
  named();
}

void ClientQuestions::one_is_known() {
  if (!complete()) return;
  if (const auto answered = std::exchange(answered_, nullptr)) answered();
}

bool ClientQuestions::complete() const { return !asking_ && (!lists_ || lists_->complete()); }

ClientName ClientQuestions::name() const { return asking_ ? asking_->knowledge().name : name_; }

void ClientQuestions::tell(SessionFacts& facts, std::optional<WallTime> judged) const {
  if (asking_) {
    facts.name = asking_->knowledge().name;
  } else {
    facts.name = name_;  // without a copy between
  }
  if (lists_) facts.dnsbl = lists_->answers(judged);
}

}  // namespace gatepost
