// Implements lab/replay/replay_report.h.
#include "lab/replay/replay_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatepost {
namespace {

using Answer = Attempt::Answer;

constexpr std::size_t kLargest = 12;
constexpr unsigned kV4Block = 24;
constexpr unsigned kV6Block = 48;

// A sentence for what the session itself did is no finding of its own.
Pattern pattern_of(const Replayed& session) {
  auto pattern = pattern_of(session.shadow);
  if (!session.was_jailed)
    std::erase_if(pattern, [](const ShadowHit& hit) { return hit.check == CheckName::jail; });
  return pattern;
}

Gap gap_of(const RecordedSession& session, const Pattern& pattern) {
  const auto& facts = session.summary.facts;
  Gap gap;
  gap.name = facts.name.outcome == ClientName::Outcome::unknown && facts.name.name.empty();
  gap.helo = facts.helo.empty();
  gap.early_talk = !session.tells_pregreet;
  gap.recipients = facts.recipients.empty();
  gap.suspect = std::any_of(pattern.begin(), pattern.end(), makes_suspect);
  return gap;
}

}  // namespace

std::string in_words(const Verdict& verdict) {
  const auto& findings = verdict.findings;
  const auto strongest =
      std::max_element(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return std::pair(a.treatment, a.points) < std::pair(b.treatment, b.points);
      });
  if (strongest == findings.end()) return {};
  return fmt::format("{}: {}", to_string(strongest->check), strongest->detail);
}

bool speaks_against(const ShadowHit& hit) {
  return hit.treatment > Treatment::points || hit.points > 0;
}

// As look_at() does it.
bool makes_suspect(const ShadowHit& hit) {
  return hit.points > 0 && hit.check != CheckName::helo && hit.check != CheckName::greylist;
}

Pattern pattern_of(const Verdict& verdict) {
  Pattern pattern;
  for (const auto& finding : verdict.findings) {
    const bool counts = finding.treatment > Treatment::points ||
                        (finding.treatment == Treatment::points && finding.points != 0);
    if (counts)
      pattern.push_back({finding.check, finding.evidence_class, finding.treatment, finding.points});
  }
  std::sort(pattern.begin(), pattern.end());
  return pattern;
}

std::vector<Duration> delayed_of(const ReplayReport& report) {
  const auto& all = report.ham_delays;
  return {std::upper_bound(all.begin(), all.end(), Duration::zero()), all.end()};
}

void ReplayCounts::judged(const Replayed& session) {
  if (session.number < report_.warm_up) return;
  const auto& label = session.session->label;
  const bool refused = session.was_refused();
  if (!label) {
    ++report_.unlabelled;
    if (refused) ++report_.unlabelled_refused;
    return;
  }
  const bool is_spam = label == MailWord::spam;
  ++(is_spam ? report_.spam : report_.ham);
  auto pattern = pattern_of(session);
  auto& gaps = report_.gaps[gap_of(*session.session, pattern)];
  gaps.sessions.count(*label);
  if (!refused) gaps.let_in.count(*label);
  report_.patterns[std::move(pattern)].count(*label);
  for (const auto& finding : session.shadow.findings) {
    if (finding.treatment == Treatment::note) report_.noted[finding.check].count(*label);
  }
  const auto& facts = session.session->summary.facts;
  count_network(facts.client.address, *label, refused);
  if (is_spam && refused) ++report_.caught;
  if (is_spam) return;
  auto& sender = senders_[facts.client.address];
  sender.client = facts.client.address;
  if (sender.name.empty()) sender.name = facts.name.name;
  ++sender.ham;
  if (!refused) return;
  ++report_.ham_hurt;
  if (sender.hurt++ == 0) sender.why = in_words(session.first.verdict);
  if (session.first.answer == Answer::deferred) ++report_.ham_tempfailed;
}

void ReplayCounts::count_network(const Address& client, MailWord label, bool refused) {
  const Network network(client, client.is_v4() ? kV4Block : kV6Block);
  auto& counts = networks_[network.base()];
  counts.network = network;
  counts.sessions.count(label);
  if (refused) counts.refused.count(label);
}

void ReplayCounts::settled(const Replayed& session) {
  const auto& label = session.session->label;
  if (session.number < report_.warm_up || !label) return;
  if (session.no_room) {
    ++report_.no_room;
    return;
  }
  if (label == MailWord::spam) {
    if (session.delivered && session.was_refused()) ++report_.came_back;
    return;
  }
  auto& sender = senders_[session.session->summary.facts.client.address];
  if (session.delivered) {
    report_.ham_delays.push_back(session.settled - session.began);
  } else if (session.refused) {
    ++report_.ham_rejected;
    ++sender.rejected;
  } else {
    ++report_.ham_lost;
    ++sender.lost;
  }
}

ReplayReport ReplayCounts::report() const {
  auto report = report_;
  std::sort(report.ham_delays.begin(), report.ham_delays.end());
  report.ham_senders = senders_.size();
  std::vector<ReplayReport::Sender> all;
  for (const auto& [client, sender] : senders_) {
    all.push_back(sender);
    if (sender.hurt > 0) report.senders.push_back(sender);
  }
  const auto by = [](auto part) {
    return [part](const auto& a, const auto& b) {
      return std::tuple(b.*part, b.ham, a.client) < std::tuple(a.*part, a.ham, b.client);
    };
  };
  std::sort(report.senders.begin(), report.senders.end(), by(&ReplayReport::Sender::hurt));
  std::sort(all.begin(), all.end(), by(&ReplayReport::Sender::ham));
  all.resize(std::min(all.size(), kLargest));
  report.largest = std::move(all);
  for (const auto& [base, counts] : networks_) report.networks.push_back(counts);
  std::sort(report.networks.begin(), report.networks.end(),
            [](const auto& a, const auto& b) { return a.network < b.network; });
  return report;
}

}  // namespace gatepost
