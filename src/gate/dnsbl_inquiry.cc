// Implements gate/dnsbl_inquiry.h.
#include "gate/dnsbl_inquiry.h"

#include <utility>

namespace gatepost {
namespace {

// Less and nobody can say that a list is slow.
constexpr Duration kTimeToAnswer = std::chrono::seconds(1);

Moment later(Moment moment, Duration by) { return {moment.instant + by, moment.wall + by}; }

}  // namespace

DnsblInquiry::DnsblInquiry(DnsblWatch& watch, Resolver& resolver, const Address& client, Moment now,
                           std::function<void()> answered)
    : watch_(watch),
      resolver_(resolver),
      client_(client),
      began_(now),
      answered_(std::move(answered)) {
  auto questions = watch_.questions_about(client, now);
  lines_.resize(questions.size());
  pending_ = questions.size();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto& line = lines_[i];
    line.list = std::move(questions[i].list);
    line.asked = resolver_.ask(
        {DnsType::a, std::move(questions[i].name)},
        [this, &line](const DnsAnswer& answer) { client_answered(line, as_list_reply(answer)); });
  }
}

DnsblInquiry::~DnsblInquiry() {
  if (pending_ == 0) return;
  for (const auto& line : lines_) {
    if (line.late && !line.answered) watch_.client_answered(line.list, client_, {}, began_);
  }
  close();
}

void DnsblInquiry::client_answered(Line& line, const ListReply& reply) {
  const auto now = later(began_, reply.took);
  const auto worth = watch_.client_answered(line.list, client_, reply, now);
  line.answered = true;
  line.codes = reply.codes;
  line.believed = worth.believed;
  if (worth.control) return ask_control(line, *worth.control, now);
  done();
}

void DnsblInquiry::ask_control(Line& line, const std::string& name, Moment now) {
  line.control = resolver_.ask({DnsType::a, name}, [this, &line, now](const DnsAnswer& answer) {
    const auto reply = as_list_reply(answer);
    line.believed = watch_.control_answered(line.list, reply, now.instant, later(now, reply.took));
    done();
  });
}

void DnsblInquiry::done() {
  if (--pending_ > 0) return;
  close();
  if (const auto answered = std::exchange(answered_, nullptr)) answered();
}

void DnsblInquiry::close() {
  std::vector<DnsblWatch::List> believed;
  for (const auto& line : lines_) {
    if (line.believed) believed.push_back(line.list);
  }
  watch_.client_done(believed);
}

std::vector<DnsblAnswer> DnsblInquiry::answers(std::optional<WallTime> judged) const {
  const bool too_late = judged && *judged - began_.wall >= kTimeToAnswer;
  std::vector<DnsblAnswer> answers;
  for (auto& line : lines_) {
    line.late |= too_late;
    if (!line.believed) continue;
    if (auto answer = watch_.answer_of(line.list, line.codes)) {
      answers.push_back(*std::move(answer));
    }
  }
  return answers;
}

}  // namespace gatepost
