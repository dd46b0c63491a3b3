// Implements lab/sim/populations/isp_parameters.h.
#include "lab/sim/populations/isp_parameters.h"

#include "lab/sim/parameters.h"

namespace gatepost {
namespace {

template <double IspParameters::*member>
double& of_isp(SimParameters& parameters) {
  return parameters.isp.*member;
}

}  // namespace

std::vector<SimParameter> isp_parameters() {
  using P = IspParameters;
  constexpr auto kAssumed = "assumed";
  return {
      {"isp.by_relay_per_day", of_isp<&P::by_relay_per_day>, {0, 1e5}, kAssumed, SimRange{10, 1e3}},
      {"isp.relayed_spam", of_isp<&P::relayed_spam>, {0, 0.9}, kAssumed, SimRange{0, 0.3}},
      {"isp.own_servers", of_isp<&P::own_servers>, {0, 1e5}, kAssumed, SimRange{10, 200}},
      {"isp.own_per_day", of_isp<&P::own_per_day>, {0, 100}, kAssumed, SimRange{0.05, 5}},
      {"isp.gives_up",
       of_isp<&P::gives_up>,
       {0, 1},
       "one large provider gave up after 31:32 min, 2016; how many do, assumed",
       SimRange{0, 1}},
      {"isp.infected", of_isp<&P::infected>, {0, 1e5}, kAssumed, SimRange{30, 3'000}},
  };
}

}  // namespace gatepost
