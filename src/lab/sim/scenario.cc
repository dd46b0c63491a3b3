// Implements lab/sim/scenario.h.
#include "lab/sim/scenario.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>

#include "checks/check.h"

namespace gatepost {
namespace {

void leave_only(Settings& settings, std::initializer_list<CheckName> checks) {
  settings.greet.wait = {};
  for (const auto& check : all_checks()) {
    if (std::find(checks.begin(), checks.end(), check.name) == checks.end())
      settings.checks.treatments[check.name] = {Treatment::off, 0};
  }
}

}  // namespace

const SimReport& run_named(const SimRuns& runs, std::string_view name) {
  const auto found =
      std::find_if(runs.begin(), runs.end(), [&](const auto& run) { return run.first == name; });
  assert(found != runs.end());
  return found->second;
}

void set_up_site(Settings& settings) { settings.checks.trap.patterns.push_back(kTrapPattern); }

void traps_alone(Settings& settings) {
  leave_only(settings, {CheckName::trap});
  settings.checks.treatments[CheckName::trap] = {Treatment::reject, 0};
}

void traps_and_jail(Settings& settings) {
  leave_only(settings, {CheckName::trap, CheckName::jail});
}

void score_alone(Settings& settings) { leave_only(settings, {CheckName::score}); }

void errors_and_jail(Settings& settings) {
  leave_only(settings, {CheckName::errors, CheckName::unknown_users, CheckName::jail});
}

void conduct_alone(Settings& settings) {
  using enum CheckName;
  const auto wait = settings.greet.wait;
  leave_only(settings, {pregreet, unknown_users, errors, botnet_nordns, botnet_strength, helo, rate,
                        greylist});
  settings.greet.wait = wait;
}

void traps_and_networks(Settings& settings) {
  using enum CheckName;
  leave_only(settings, {jail, trap, neighbourhood, greylist});
}

void without_memory(Settings& settings) {
  for (const auto check : {CheckName::score, CheckName::neighbourhood, CheckName::jail})
    settings.checks.treatments[check] = {Treatment::off, 0};
}

void with_list(Settings& settings) {
  DnsblList list;
  list.zone = kSimList;
  settings.checks.dnsbl.lists.push_back(list);
}

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double refused_at_first(const SimReport& run) {
  const auto bad = run.sum(true);
  return share_of(bad.refused.spam, bad.messages.spam);
}

double kept_out(const SimReport& run) {
  const auto bad = run.sum(true);
  return share_of(bad.messages.spam - bad.delivered.spam, bad.messages.spam);
}

double ham_not_delivered(const SimReport& run) {
  const auto good = run.sum(false);
  return static_cast<double>(good.messages.ham - good.delivered.ham);
}

double ham_refused_for_good(const SimReport& run) {
  return static_cast<double>(run.sum(false).rejected.ham);
}

double ham_deferred(const SimReport& run) {
  const auto good = run.sum(false);
  return share_of(good.refused.ham, good.messages.ham);
}

double ham_delay_s(const SimReport& run, double share) {
  return static_cast<double>(delay_at(run.sum(false), share).count()) / 1000;
}

SimGroup groups_named(const SimReport& run, std::string_view name) {
  SimReport some;
  for (const auto& group : run.groups) {
    if (group.name.starts_with(name)) some.groups.push_back(group);
  }
  const bool attacks = !some.groups.empty() && some.groups.front().attacks;
  return some.sum(attacks);
}

double ham_within(const SimGroup& group, Duration delay) {
  const auto late = std::upper_bound(group.ham_delays.begin(), group.ham_delays.end(), delay);
  return share_of(static_cast<std::uint64_t>(late - group.ham_delays.begin()), group.messages.ham);
}

}  // namespace gatepost
