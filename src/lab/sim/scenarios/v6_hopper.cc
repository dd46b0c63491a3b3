// Spam from another IPv6 address each time.
#include "lab/sim/populations/hopper.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

Populations hoppers(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  for (const auto bits : {64u, 56u, 48u}) {
    all.push_back(std::make_unique<Hoppers>(parameters, seed, bits));
    all.push_back(std::make_unique<HopperNeighbours>(parameters, seed, bits));
  }
  all.push_back(std::make_unique<DualStackServers>(parameters, seed));
  return all;
}

void in_64s_alone(SimParameters& parameters) {
  parameters.hopper.in_56 = 0;
  parameters.hopper.in_48 = 0;
  parameters.hopper.servers = 0;
}
void in_64s_alone_thrice(SimParameters& parameters) {
  in_64s_alone(parameters);
  parameters.hopper.messages *= 3;
}

double kept_out_later(const SimRuns& runs, std::string_view name) {
  const auto group = groups_named(run_named(runs, kAsSet), name);
  return share_of(group.later_kept_out.spam, group.later.spam);
}

// For each /64: one of its own, those of the networks around it, and correspondences.
double records_of_64(const SimRuns& runs, std::string_view name) {
  const auto& run = run_named(runs, name);
  if (run.records == 0) return 0;
  return static_cast<double>(run.records + run.correspondences + run.shared_records) /
         static_cast<double>(run.records);
}

constexpr std::string_view kOnce = "in a /64 each, alone";
constexpr std::string_view kThrice = "the same, thrice the addresses";

}  // namespace

SimScenario v6_hopper() {
  SimScenario scenario;
  scenario.name = "v6-hopper";
  scenario.shows =
      "Senders with a /64, a /56 or a /48 write from another address each time, and honest servers "
      "beside them from the same networks: what is known is known of networks, and costs no more "
      "for more addresses.";
  scenario.parameters.days = 7;
  scenario.populations = hoppers;
  scenario.parts = {"hopper"};
  scenario.variants = {{kOnce, nullptr, in_64s_alone}, {kThrice, nullptr, in_64s_alone_thrice}};
  using Unit = SimClaim::Unit;
  scenario.claims = {
      {"spam kept out behind the tenth of a /64", "G9", Unit::share,
       [](const SimRuns& runs) { return kept_out_later(runs, "hop in a /64"); }, 0.95, 1},
      {"of a /56, from any /64 in it", "G9, the ladder", Unit::share,
       [](const SimRuns& runs) { return kept_out_later(runs, "hop in a /56"); }, 0.95, 1},
      {"of a /48, from any /64 in it", "G9, the ladder", Unit::share,
       [](const SimRuns& runs) { return kept_out_later(runs, "hop in a /48"); }, 0.95, 1},
      {"records for each /64", "G9: 256 bytes are five of 50", Unit::count,
       [](const SimRuns& runs) { return records_of_64(runs, kOnce); }, 0, 5},
      {"with thrice the addresses", "G9: no more", Unit::count,
       [](const SimRuns& runs) { return records_of_64(runs, kThrice); }, 0, 5},
      {"ham refused for good", "G9", Unit::count,
       [](const SimRuns& runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0, 0},
      {"ham not delivered", "G9: none lost", Unit::count,
       [](const SimRuns& runs) { return ham_not_delivered(run_named(runs, kAsSet)); }, 0, 0},
  };
  return scenario;
}

}  // namespace gatepost
