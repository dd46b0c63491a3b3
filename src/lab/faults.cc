// Implements lab/faults.h.
#include "lab/faults.h"

#include <algorithm>
#include <string>

namespace gatepost {
namespace {

std::vector<std::string> zones_of(World& world) {
  std::vector<std::string> zones;
  for (const auto& list : world.settings().checks.dnsbl.lists) zones.push_back(list.zone);
  return zones;
}

}  // namespace

const std::vector<LabFault>& faults() {
  using namespace std::chrono_literals;
  static const std::vector<LabFault> all{
      {"resolver-silent", "the resolver answers nothing",
       [](World& world) { world.dns().trouble().silent = true; },
       [](World& world) { world.dns().trouble().silent = false; }},
      {"resolver-fails", "the resolver answers every question with a failure",
       [](World& world) { world.dns().trouble().fails = true; },
       [](World& world) { world.dns().trouble().fails = false; }},
      {"resolver-slow", "the resolver answers just before nobody waits for it any more",
       [](World& world) { world.dns().trouble().slow = true; },
       [](World& world) { world.dns().trouble().slow = false; }},
      {"list-silent", "the DNS lists answer nothing",
       [](World& world) { world.dns().trouble().silent_zones = zones_of(world); },
       [](World& world) { world.dns().trouble().silent_zones.clear(); }},
      {"list-says-all", "the DNS lists list every address",
       [](World& world) { world.dns().trouble().boastful_zones = zones_of(world); },
       [](World& world) { world.dns().trouble().boastful_zones.clear(); }},
      {"ledger-full", "the ledger's disk is full: what it cannot keep in memory is lost",
       [](World& world) { world.ledger().set_full(true); },
       [](World& world) { world.ledger().set_full(false); }},
      {"backend-down", "the mail server has stopped: its connections are closed, it takes no new",
       [](World& world) { world.stop_backend(); },
       [](World& world) { world.script().down = false; }},
      {"backend-resets", "connections to the mail server break in the midst of the dialogue",
       [](World& world) { world.script().resets = true; },
       [](World& world) { world.script().resets = false; }},
      {"backend-silent", "the mail server takes connections and says nothing",
       [](World& world) { world.script().silent = true; },
       [](World& world) { world.script().silent = false; }},
      {"backend-tempfails", "the mail server takes no mail for now, and says so",
       [](World& world) { world.script().tempfails = true; },
       [](World& world) { world.script().tempfails = false; }},
      {"clock-jumps-ahead", "the calendar is a day ahead, at once, while time runs evenly",
       [](World& world) { world.set_clock_error(24h); },
       [](World& world) { world.set_clock_error({}); }},
      {"clock-jumps-back", "the calendar is an hour behind, at once, while time runs evenly",
       [](World& world) { world.set_clock_error(-1h); },
       [](World& world) { world.set_clock_error({}); }},
      {"places-short", "most places are taken, so nobody waits for long",
       [](World& world) { world.stressed = true; }, [](World& world) { world.stressed = false; }},
  };
  return all;
}

const LabFault* fault_named(std::string_view name) {
  const auto& all = faults();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const LabFault& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace gatepost
