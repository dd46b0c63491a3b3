// Implements lab/wait/watched_sessions.h.
#include "lab/wait/watched_sessions.h"

#include "checks/botnet/strength.h"

namespace gatepost {
namespace {

double seconds(Duration time) { return static_cast<double>(time.count()) / 1000; }

// By doors that make clients wait themselves: what a log tells are only those that talked.
bool may_have_waited(const SessionFacts& facts) {
  return (facts.door == "smtp" || facts.door == "wrap") && facts.purpose == Purpose::mx;
}

bool said_nothing(const SessionFacts& facts) {
  return facts.helo.empty() && facts.tried == 0 && !facts.tls;
}

}  // namespace

std::string_view to_string(NameKind kind) {
  constexpr std::array<std::string_view, kNameKinds> kWords{"none", "mismatch", "consumer",
                                                            "other"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<NameKind> kind_of_name(const SessionFacts& facts, const BotnetSettings& settings) {
  using Outcome = ClientName::Outcome;
  switch (facts.name.outcome) {
    case Outcome::unknown:
      return std::nullopt;
    case Outcome::none:
      return NameKind::none;
    case Outcome::mismatch:
      return NameKind::mismatch;
    case Outcome::confirmed:
      break;
  }
  const auto signs = signs_in(facts.name, facts.client.address, Leads::unknown, settings);
  return signs.strength() >= kStrengthHit ? NameKind::consumer : NameKind::other;
}

std::optional<Watched> watched_in(const RecordedSession& session, Duration wait) {
  const auto& facts = session.summary.facts;
  if (!session.tells_pregreet || !may_have_waited(facts)) return std::nullopt;
  if (facts.pregreet) return Watched{seconds(facts.early_after), true};
  if (facts.greet_waited > Duration::zero()) return Watched{seconds(facts.greet_waited), false};
  const auto stayed = session.summary.ended - facts.began;
  const bool refused = session.summary.closed_by == "gate";
  if (!said_nothing(facts) || refused || stayed >= wait) return std::nullopt;
  return Watched{seconds(stayed), session.summary.closed_by == "client"};
}

void WatchedSessions::add(const RecordedSession& session) {
  const auto watched = watched_in(session, wait_);
  if (!watched) return;
  const auto kind = kind_of_name(session.summary.facts, settings_);
  (kind ? named_[static_cast<std::size_t>(*kind)] : unnamed_).push_back(*watched);
}

std::vector<SurvivalStep> WatchedSessions::curve() const {
  auto all = unnamed_;
  for (const auto& kind : named_) all.insert(all.end(), kind.begin(), kind.end());
  return survival_curve(std::move(all));
}

std::vector<SurvivalStep> WatchedSessions::curve(NameKind kind) const {
  return survival_curve(named_[static_cast<std::size_t>(kind)]);
}

}  // namespace gatepost
