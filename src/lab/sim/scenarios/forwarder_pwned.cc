// A forwarder whose users get spam among their mail.
#include <algorithm>

#include "lab/sim/populations/forwarder.h"
#include "lab/sim/populations/good_servers.h"
#include "lab/sim/scenarios.h"
#include "model/networks.h"

namespace gatepost {
namespace {

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  Populations all;
  all.push_back(std::make_unique<Forwarded>(parameters, seed, false));
  all.push_back(std::make_unique<Forwarded>(parameters, seed, true));
  all.push_back(std::make_unique<DirectToo>(parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

constexpr std::string_view kRewrites = "it rewrites senders";
constexpr std::string_view kList = "it is a list";
constexpr std::string_view kTrusted = "it is trusted";
constexpr std::string_view kExcepted = "it is excepted";
constexpr std::string_view kHalf = "half is spam";
constexpr std::string_view kHalfTrusted = "and it is trusted";

void is_trusted(Settings& settings) {
  for (std::uint64_t i = 0; i < kForwarders; ++i)
    settings.trusted.push_back(network_of(forwarder_address(i)));
}

void is_excepted(Settings& settings) {
  for (std::uint64_t i = 0; i < kForwarders; ++i)
    settings.exceptions.networks.push_back(network_of(forwarder_address(i)));
}

const SimGroup& forwarder(const SimRuns& runs, std::string_view name) {
  return *run_named(runs, name).group("forwarder");
}

// All but the one that has as much spam as ham.
template <typename Figure>
double worst(const SimRuns& runs, Figure figure) {
  double most = 0;
  for (const auto name : {kAsSet, kRewrites, kList, kTrusted, kExcepted})
    most = std::max(most, static_cast<double>(figure(forwarder(runs, name))));
  return most;
}

double not_delivered(const SimGroup& group) {
  return static_cast<double>(group.messages.ham - group.delivered.ham);
}
double slow_s(const SimGroup& group) {
  return static_cast<double>(delay_at(group, 0.99).count()) / 1000;
}

std::vector<SimClaim> claims() {
  using Unit = SimClaim::Unit;
  return {
      {"its ham refused for good, at worst", "G8", Unit::count,
       [](const SimRuns& runs) {
         return worst(runs, [](const SimGroup& group) { return group.rejected.ham; });
       },
       0, 0},
      {"its ham not delivered, at worst", "G8", Unit::count,
       [](const SimRuns& runs) { return worst(runs, not_delivered); }, 0, 0},
      {"99 % of its ham delayed by no more than, at worst", "G8", Unit::seconds,
       [](const SimRuns& runs) { return worst(runs, slow_s); }, 0, 900},
      {"sentences that it got, at worst", "G8", Unit::count,
       [](const SimRuns& runs) {
         return worst(runs, [](const SimGroup& group) { return group.sentences; });
       },
       0, 0},
      {"spam that counts against it where it is trusted", "to the origin, not the relay",
       Unit::count,
       [](const SimRuns& runs) {
         return static_cast<double>(run_named(runs, kTrusted).group("spam it relays")->blamed);
       },
       0, 0},
      {"its ham not delivered, where half is spam", "G8", Unit::count,
       [](const SimRuns& runs) { return not_delivered(forwarder(runs, kHalf)); }, 0, 0},
      {"99 % of that delayed by no more than", "G8", Unit::seconds,
       [](const SimRuns& runs) { return slow_s(forwarder(runs, kHalf)); }, 0, 900},
      {"its ham not delivered, where it is trusted then", "G8", Unit::count,
       [](const SimRuns& runs) { return not_delivered(forwarder(runs, kHalfTrusted)); }, 0, 0},
  };
}

void half_is_spam(SimParameters& world) { world.forwarder.spam_share = 0.5; }

}  // namespace

SimScenario forwarder_pwned() {
  SimScenario scenario;
  scenario.name = "forwarder-pwned";
  scenario.shows =
      "A forwarder of two machines hands on spam, to traps too, among nine times as much ham: none "
      "of that is refused for good, and who trusts it blames those whom it has the spam from.";
  scenario.parameters.ham_per_day = 50;
  scenario.populations = populations;
  scenario.parts = {"forwarder"};
  scenario.variants = {
      {kRewrites, nullptr, [](SimParameters& world) { world.forwarder.rewrites = 1; }},
      {kList, nullptr, [](SimParameters& world) { world.forwarder.is_list = 1; }},
      {kTrusted, is_trusted},
      {kExcepted, is_excepted},
      {kHalf, nullptr, half_is_spam},
      {kHalfTrusted, is_trusted, half_is_spam}};
  scenario.claims = claims();
  return scenario;
}

}  // namespace gatepost
