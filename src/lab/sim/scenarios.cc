// Implements lab/sim/scenarios.h.
#include "lab/sim/scenarios.h"

#include <algorithm>

#include "lab/sim/populations/botnet.h"
#include "lab/sim/populations/good_servers.h"

namespace gatepost {

const std::vector<SimScenario>& sim_scenarios() {
  static const std::vector<SimScenario> table{
      spamthru_75k(),  memoryhole_2008(), dictionary_221_89(), forwarder_pwned(), webmail_one_bad(),
      isp_no_auth(),   snowshoe_24(),     necurs_lowslow(),    v6_hopper(),       poison(),
      adaptive_bots(), retry_zoo(),       adelphia_2007(),     cgn_1000(),        new_tenant(),
      mixed_2025(),    dnsbl_outage(),
  };
  return table;
}

const SimScenario* sim_scenario(std::string_view name) {
  const auto& all = sim_scenarios();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Populations bots_and_servers(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<Botnet>(parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

}  // namespace gatepost
