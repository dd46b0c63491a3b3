// Implements policy/decide.h.
#include "policy/decide.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace gatepost {
namespace {

constexpr std::size_t kClasses = 4;

std::size_t index_of(EvidenceClass evidence_class) {
  return static_cast<std::size_t>(evidence_class);
}

Action action_of(Treatment treatment) {
  switch (treatment) {
    case Treatment::off:
    case Treatment::note:
    case Treatment::points:
      return Action::accept;
    case Treatment::tempfail:
      return Action::tempfail;
    case Treatment::jail:
      return Action::jail;
    case Treatment::reject:
      return Action::reject;
    case Treatment::firewall:
      return Action::drop;
  }
  assert(false);
  return Action::accept;
}

bool speaks_against(const Finding& finding) {
  return finding.treatment > Treatment::points ||
         (finding.treatment == Treatment::points && finding.points > 0);
}

// RFC 5321 4.1.4: mail must not be refused because of what a client calls itself, if that is all.
bool only_helo_speaks_against(const std::vector<Finding>& findings) {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.check == CheckName::helo || !speaks_against(finding);
  });
}

}  // namespace

Decision decide(const std::vector<Finding>& findings, const DecideSettings& settings) {
  Decision decision;
  std::array<int, kClasses> strongest{};
  std::array<int, kClasses> weakest{};  // negative points speak for the client
  for (const auto& finding : findings) {
    decision.action = std::max(decision.action, action_of(finding.treatment));
    if (finding.treatment != Treatment::points) continue;
    auto& high = strongest[index_of(finding.evidence_class)];
    auto& low = weakest[index_of(finding.evidence_class)];
    high = std::max(high, finding.points);
    low = std::min(low, finding.points);
  }
  int classes_against = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    decision.points += strongest[i] + weakest[i];
    if (strongest[i] + weakest[i] > 0) ++classes_against;
  }
  if (decision.points >= settings.tempfail_at) {
    const bool reject = decision.points >= settings.reject_at && classes_against >= 2;
    decision.action = std::max(decision.action, reject ? Action::reject : Action::tempfail);
  }
  if (only_helo_speaks_against(findings)) decision.action = Action::accept;
  return decision;
}

int evidence_classes(const std::vector<Finding>& findings) {
  std::array<bool, kClasses> seen{};
  for (const auto& finding : findings) {
    if (speaks_against(finding)) seen[index_of(finding.evidence_class)] = true;
  }
  return static_cast<int>(std::count(seen.begin(), seen.end(), true));
}

}  // namespace gatepost
