// Implements lab/sim/parameters.h.
#include "lab/sim/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "lab/sim/populations/hopper.h"
#include "lab/sim/populations/low_and_slow.h"
#include "lab/sim/populations/shared_address.h"
#include "lab/sim/populations/snowshoe.h"

namespace gatepost {
namespace {

constexpr std::string_view kAssumed = "assumed";
constexpr std::string_view kSpamd = "a honeypot's operator, 2007 and 2008: 33,000 senders a month";
constexpr std::string_view kTries =
    "tries of 46,583 addresses, C. Siebenmann, 2006: n^-1.86 e^(-n/30), mean 2.63";
constexpr std::string_view kGreet = "two points, 90 % at 35 s and all at 85 s, 2003 to 2004";
constexpr std::string_view kReturns = "10,616 addresses, Greylisting still works II";
constexpr std::string_view kNames = "refusals of one site by class, C. Siebenmann, 2006";
constexpr std::string_view kHelo = "one site, 2007: 92 % of spam";
constexpr std::string_view kAddresses = "RIPE Labs, 2016, reasons of changes; weights assumed";

template <double SimParameters::*member>
double& member_of(SimParameters& parameters) {
  return parameters.*member;
}

std::vector<SimParameter> common_parameters() {
  using P = SimParameters;
  return {
      {"bots", member_of<&P::bots>, {1, 1e6}, kSpamd, {}},
      {"spam_per_bot", member_of<&P::spam_per_bot>, {1, 1'000}, kTries, {}},
      {"heavy_tail", member_of<&P::heavy_tail>, {0, 1}, kTries, {}},
      {"burst_share",
       member_of<&P::burst_share>,
       {0, 1},
       "Z. Duan et al., 2007: 81 % active one day at most, with the 60 % that come once",
       SimRange{0.3, 0.8}},
      {"away_share", member_of<&P::away_share>, {0, 1}, kAssumed, SimRange{0.1, 0.6}},
      {"away_days", member_of<&P::away_days>, {0.1, 100}, kAssumed, SimRange{2, 14}},
      {"burst_gap_min", member_of<&P::burst_gap_min>, {0.01, 10'000}, kAssumed, SimRange{0.1, 120}},
      {"days", member_of<&P::days>, {1, 400}, "a month", {}},
      {"trap_share",
       member_of<&P::trap_share>,
       {0, 1},
       "Cutwail's unknown users, from memory",
       SimRange{0.1, 0.6}},
      {"pregreet_share",
       member_of<&P::pregreet_share>,
       {0, 1},
       "talks of operators, 0.1 to 0.6, from memory",
       SimRange{0.1, 0.6}},
      {"impatient_share", member_of<&P::impatient_share>, {0, 1}, kAssumed, SimRange{0.1, 0.6}},
      {"patience_shape", member_of<&P::patience_shape>, {0.2, 5}, kGreet, SimRange{0.8, 2}},
      {"patience_scale_s", member_of<&P::patience_scale_s>, {1, 300}, kGreet, SimRange{9, 36}},
      {"family_ties",
       member_of<&P::family_ties>,
       {0, 1},
       "Cutwail never returns, Kelihos does; how much, assumed",
       SimRange{0, 1}},
      {"never_returns", member_of<&P::never_returns>, {0, 1}, kReturns, SimRange{0.1, 0.65}},
      {"returns_too_soon", member_of<&P::returns_too_soon>, {0, 1}, kReturns, SimRange{0.1, 0.34}},
      {"rdns_consumer", member_of<&P::rdns_consumer>, {0, 1}, kNames, SimRange{0.3, 0.65}},
      {"rdns_none", member_of<&P::rdns_none>, {0, 1}, kNames, SimRange{0.15, 0.34}},
      {"helo_invalid", member_of<&P::helo_invalid>, {0, 1}, kHelo, SimRange{0.5, 0.98}},
      {"address_day", member_of<&P::address_day>, {0, 1}, kAddresses, SimRange{0.1, 0.6}},
      {"address_week", member_of<&P::address_week>, {0, 1}, kAddresses, SimRange{0.2, 0.4}},
      {"ham_per_day", member_of<&P::ham_per_day>, {0, 1e6}, kAssumed, {}},
      {"ham_servers", member_of<&P::ham_servers>, {1, 1e6}, kAssumed, SimRange{100, 5000}},
      {"ham_at_providers",
       member_of<&P::ham_at_providers>,
       {0, 1},
       "fitted to Z. Duan et al., 2007: 91 % of spammers in networks with good mail",
       {}},
      {"ham_new_sender", member_of<&P::ham_new_sender>, {0, 1}, kAssumed, SimRange{0.01, 0.2}},
      {"ham_consumer_name",
       member_of<&P::ham_consumer_name>,
       {0, 1},
       kAssumed,
       SimRange{0.005, 0.1}},
      {"ham_no_name", member_of<&P::ham_no_name>, {0, 1}, kAssumed, SimRange{0.002, 0.05}},
      {"ham_bad_helo",
       member_of<&P::ham_bad_helo>,
       {0, 1},
       "operators' reports, 2003",
       SimRange{0.002, 0.05}},
      {"filter_catches", member_of<&P::filter_catches>, {0, 1}, kAssumed, SimRange{0.5, 0.999}},
      {"filter_errs", member_of<&P::filter_errs>, {0, 1}, kAssumed, SimRange{0, 0.01}},
      {"filter_delay_s", member_of<&P::filter_delay_s>, {0, 1e6}, kAssumed, SimRange{0, 86400}},
  };
}

}  // namespace

const std::vector<SimParameter>& sim_parameters() {
  static const auto table = [] {
    auto all = common_parameters();
    for (const auto& more :
         {dictionary_parameters(), forwarder_parameters(), returning_parameters(),
          webmail_parameters(), snowshoe_parameters(), low_and_slow_parameters(),
          hopper_parameters(), shared_address_parameters(), list_parameters(), poison_parameters(),
          isp_parameters(), mixed_parameters()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return table;
}

double value_of(const SimParameter& parameter, const SimParameters& parameters) {
  auto copy = parameters;
  return parameter.value(copy);
}

Status set_parameter(SimParameters& parameters, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto key = assignment.substr(0, equals);
  const auto& table = sim_parameters();
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const SimParameter& one) { return one.key == key; });
  if (row == table.end()) {
    std::string keys;
    for (const auto& one : table) keys += fmt::format("{}{}", keys.empty() ? "" : ", ", one.key);
    return Error{fmt::format("{}: no parameter; there are {}", key, keys)};
  }
  const std::string text(equals == std::string_view::npos ? "" : assignment.substr(equals + 1));
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && *end == '\0' && std::isfinite(value);
  if (!is_number || value < row->allowed.low || value > row->allowed.high)
    return Error{fmt::format("{}: expected a number from {} to {}", key, row->allowed.low,
                             row->allowed.high)};
  row->value(parameters) = value;
  return Done{};
}

}  // namespace gatepost
