// Implements lab/sim/populations/poison_parameters.h.
#include "lab/sim/populations/poison_parameters.h"

#include "lab/sim/parameters.h"

namespace gatepost {
namespace {

template <double PoisonParameters::*member>
double& of_poison(SimParameters& parameters) {
  return parameters.poison.*member;
}

}  // namespace

std::vector<SimParameter> poison_parameters() {
  using P = PoisonParameters;
  constexpr auto kAssumed = "assumed";
  return {
      {"poison.victims", of_poison<&P::victims>, {1, 1'000}, kAssumed, {}},
      {"poison.spam_share",
       of_poison<&P::spam_share>,
       {0, 0.9},
       "a forwarder that relays 10 % spam; assumed",
       SimRange{0.01, 0.5}},
      {"poison.trap_share",
       of_poison<&P::trap_share>,
       {0, 1},
       "as of bots, from memory",
       SimRange{0.1, 0.6}},
      {"poison.forms_per_day", of_poison<&P::forms_per_day>, {0, 1'000}, kAssumed, SimRange{1, 50}},
      {"poison.bounces_per_day",
       of_poison<&P::bounces_per_day>,
       {0, 1'000},
       kAssumed,
       SimRange{0.1, 10}},
      {"poison.list_traps", of_poison<&P::list_traps>, {0, 1}, kAssumed, SimRange{0.02, 1}},
      {"poison.letter_traps", of_poison<&P::letter_traps>, {0, 1'000}, kAssumed, SimRange{1, 15}},
      {"poison.bots_behind",
       of_poison<&P::bots_behind>,
       {0, 1'000},
       "carriers' addresses have 50 to 1000 behind them; bots of these assumed",
       SimRange{1, 50}},
      {"poison.spends_per_day",
       of_poison<&P::spends_per_day>,
       {1, 10'000},
       kAssumed,
       SimRange{5, 500}},
  };
}

}  // namespace gatepost
