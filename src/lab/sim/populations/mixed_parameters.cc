// Implements lab/sim/populations/mixed_parameters.h.
#include "lab/sim/populations/mixed_parameters.h"

#include "lab/sim/parameters.h"

namespace gatepost {
namespace {

template <double MixedParameters::*member>
double& of_mixed(SimParameters& parameters) {
  return parameters.mixed.*member;
}

}  // namespace

std::vector<SimParameter> mixed_parameters() {
  using P = MixedParameters;
  constexpr auto kAssumed = "assumed";
  return {
      {"mixed.per_day", of_mixed<&P::per_day>, {10, 1e5}, kAssumed, {}},
      {"mixed.spam", of_mixed<&P::spam>, {0, 1}, "Kaspersky: 44.99 % of mail", {}},
      {"mixed.bots", of_mixed<&P::bots>, {0, 1}, kAssumed, SimRange{0.03, 0.4}},
      {"mixed.accounts", of_mixed<&P::accounts>, {0, 1}, kAssumed, SimRange{0.1, 0.58}},
      {"mixed.esps", of_mixed<&P::esps>, {0, 1}, kAssumed, SimRange{0.1, 0.5}},
      {"mixed.ham_accounts",
       of_mixed<&P::ham_accounts>,
       {0, 1},
       "Google and Microsoft host 39 % of popular domains' mail, 2021; 0.4 to 0.6 assumed",
       SimRange{0.4, 0.6}},
      {"mixed.ham_esps", of_mixed<&P::ham_esps>, {0, 0.4}, kAssumed, SimRange{0.05, 0.3}},
  };
}

}  // namespace gatepost
