// Implements lab/wait/newcomer_counts.h.
#include "lab/wait/newcomer_counts.h"

#include <numeric>

namespace gatepost {
namespace {

// Shares of those whose name is known.
template <typename Counts>
ByName shares_of(const Counts& counts, const ByName& otherwise) {
  const auto at = [&](NameKind kind) {
    return static_cast<double>(counts[static_cast<std::size_t>(kind)]);
  };
  const double bad = at(NameKind::none) + at(NameKind::mismatch);
  const double all = bad + at(NameKind::consumer) + at(NameKind::other);
  if (all <= 0) return otherwise;
  return {bad / all, at(NameKind::consumer) / all, at(NameKind::other) / all};
}

}  // namespace

void NewcomerCounts::add(const RecordedSession& session) {
  if (!session.label) return;
  const auto& facts = session.summary.facts;
  const ClientKey client(facts.client.address);
  const bool is_ham = *session.label == MailWord::ham;
  const auto passed = passed_.find(client);
  if (passed != passed_.end() && facts.began - passed->second < pass_for_) {
    ++known_;
  } else {
    const auto kind = kind_of_name(facts, settings_);
    ++(is_ham ? ham_ : bots_)[kind ? static_cast<std::size_t>(*kind) : kNameKinds];
  }
  if (is_ham) passed_[client] = facts.began;
}

Newcomers NewcomerCounts::shares_in(Newcomers newcomers) const {
  const auto bots = static_cast<double>(this->bots());
  const auto ham = static_cast<double>(this->ham());
  if (bots + ham > 0) newcomers.spam_share = bots / (bots + ham);
  if (ham > 0) newcomers.known_ham = static_cast<double>(known_) / ham;
  newcomers.bots = shares_of(bots_, newcomers.bots);
  newcomers.ham = shares_of(ham_, newcomers.ham);
  return newcomers;
}

std::uint64_t NewcomerCounts::sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace gatepost
