// The worlds that `simulate` knows by name; each is in a file of its own below scenarios/.
#pragma once

#include <string_view>
#include <vector>

#include "lab/sim/scenario.h"

namespace gatepost {

const std::vector<SimScenario>& sim_scenarios();
// Null where there is none of that name.
const SimScenario* sim_scenario(std::string_view name);

SimScenario spamthru_75k();
SimScenario memoryhole_2008();
SimScenario isp_no_auth();
SimScenario adaptive_bots();
SimScenario dictionary_221_89();
SimScenario forwarder_pwned();
SimScenario webmail_one_bad();
SimScenario retry_zoo();
SimScenario adelphia_2007();
SimScenario snowshoe_24();
SimScenario necurs_lowslow();
SimScenario v6_hopper();
SimScenario cgn_1000();
SimScenario new_tenant();
SimScenario poison();
SimScenario mixed_2025();
SimScenario dnsbl_outage();

// Bots and good servers by the parameters.
Populations bots_and_servers(const SimParameters& parameters, std::uint64_t seed);

}  // namespace gatepost
