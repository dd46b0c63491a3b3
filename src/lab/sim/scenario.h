// What a simulated world is made of, and what is claimed of it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/settings.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"
#include "lab/sim/report.h"

namespace gatepost {

// One and the same world under other settings, or another one under the same. Each may be null.
struct SimFault;
struct SimVariant {
  std::string_view name;
  void (*settings)(Settings&) = nullptr;
  void (*world)(SimParameters&) = nullptr;
  std::vector<SimFault> (*faults)() = nullptr;
};

// The runs that every scenario has: the settings as they are, and these without those who attack.
inline constexpr std::string_view kAsSet = "the settings";
inline constexpr std::string_view kNoAttack = "without the attack";

using SimRuns = std::vector<std::pair<std::string_view, SimReport>>;
// Of a run that there is.
const SimReport& run_named(const SimRuns& runs, std::string_view name);

// What must come out, as a figure between two bounds.
struct SimClaim {
  enum class Unit : std::uint8_t { share, count, seconds, number };

  std::string_view says;  // what the figure is
  std::string_view from;  // who says so: "G1", "seed", "published"
  Unit unit = Unit::share;
  double (*figure)(const SimRuns&) = nullptr;
  double low = 0;
  double high = std::numeric_limits<double>::infinity();

  bool is_bounded() const { return low > 0 || high < std::numeric_limits<double>::infinity(); }
  bool holds(const SimRuns& runs) const {
    const double is = figure(runs);
    return low <= is && is <= high;
  }
};

struct SimScenario {
  std::string_view name;
  std::string_view shows;  // one sentence
  SimParameters parameters;
  Populations (*populations)(const SimParameters&, std::uint64_t seed) = nullptr;
  // Of the parameters that only some populations have, "forwarder" of "forwarder.share": those it
  // has.
  std::vector<std::string_view> parts;
  // Parameters that make it what it is: another value would be another scenario.
  std::vector<std::string_view> fixed;
  std::vector<SimVariant> variants;  // beside the two
  std::vector<SimClaim> claims;
  // Of the world itself, as it was measured: where they fail, the claims are worth nothing.
  std::vector<SimClaim> realism;
  void (*site)(Settings&) = nullptr;  // what this site has beside its traps; may be null
};

// What the site of every scenario has: traps that only bots write to.
void set_up_site(Settings& settings);

// Parts of the settings: all checks off but some, and nobody waits.
void traps_alone(Settings& settings);  // each spam to a trap is refused, nobody is jailed
void traps_and_jail(Settings& settings);
void score_alone(Settings& settings);
void errors_and_jail(Settings& settings);  // five errors, or five unknown users
void with_list(Settings& settings);        // the DNS list of the world is asked
void without_memory(Settings& settings);   // all but what is remembered of an address
void conduct_alone(Settings& settings);    // how it speaks, comes again and calls itself
void traps_and_networks(Settings& settings);

// Figures.
double share_of(std::uint64_t part, std::uint64_t whole);  // 0 of nothing
// Of the spam of all who attack: what did not get in at first, and never.
double refused_at_first(const SimReport& run);
double kept_out(const SimReport& run);
// Of the good: ham that was refused for good or whose sender gave up.
double ham_not_delivered(const SimReport& run);
double ham_refused_for_good(const SimReport& run);
double ham_deferred(const SimReport& run);  // a share, at the first try
double ham_delay_s(const SimReport& run, double share);
// Of one population, or of those whose names begin so; nothing where there is none.
SimGroup groups_named(const SimReport& run, std::string_view name);
double ham_within(const SimGroup& group, Duration delay);  // a share of all

}  // namespace gatepost
