// Implements lab/replay/missing.h.
#include "lab/replay/missing.h"

#include "checks/settings.h"

namespace gatepost {
namespace {

// Without a trap or a list nothing can be missed.
bool has_something_to_find(CheckName check, const CheckSettings& settings) {
  switch (check) {
    case CheckName::trap:
      return settings.trap.patterns.size() > 0 || settings.trap.added;
    case CheckName::restricted:
      return !settings.restricted.addresses.empty();
    case CheckName::dnsbl:
      return !settings.dnsbl.lists.empty();
    default:
      return true;
  }
}

// What others than these look at is told by every record, or is remembered.
bool is_blind(const Check& check, const Gap& gap, const CheckSettings& settings) {
  switch (check.name) {
    case CheckName::pregreet:
      return gap.early_talk;
    case CheckName::trap:
    case CheckName::restricted:
      return gap.recipients;
    case CheckName::greylist:  // all were taken for one, who may be known already
      return gap.recipients &&
             (gap.suspect || settings.greylist.for_whom == GreylistSettings::For::all);
    case CheckName::helo:
      return gap.helo;
    case CheckName::dnsbl:
      return true;  // no record has the answers of lists
    default:
      return check.of_names && gap.name;
  }
}

}  // namespace

Missing missing_of(const ReplayReport& report, const Settings& settings) {
  Missing missing;
  std::vector<bool> is_open(report.gaps.size());
  for (const auto& check : all_checks()) {
    const auto treatment = treatment_of(settings.checks, check).treatment;
    if (treatment == Treatment::off || !has_something_to_find(check.name, settings.checks))
      continue;
    Missing::Check blind{check.name, {}};
    std::vector<bool> is_here;
    for (const auto& [gap, gaps] : report.gaps) {
      is_here.push_back(is_blind(check, gap, settings.checks));
      if (is_here.back()) blind.blind += gaps.sessions;
    }
    if (blind.blind.spam + blind.blind.ham == 0) continue;
    blind.always = blind.blind.spam + blind.blind.ham == report.spam + report.ham;
    missing.checks.push_back(blind);
    if (blind.always || treatment == Treatment::note) continue;
    for (std::size_t i = 0; i < is_here.size(); ++i) is_open[i] = is_open[i] || is_here[i];
  }
  std::size_t place = 0;
  for (const auto& [gap, gaps] : report.gaps) {
    if (is_open[place++]) missing.open += gaps.let_in;
  }
  return missing;
}

}  // namespace gatepost
