// A simulated site: its gate, its mail server and all who write to it, on virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/ports/ledger.h"
#include "lab/faults.h"
#include "lab/sim/parameters.h"
#include "lab/sim/population.h"
#include "lab/sim/report.h"
#include "lab/sim/talk.h"
#include "lab/world.h"

namespace gatepost {

// What goes wrong in a simulated world, and when.
struct SimFault {
  const LabFault* fault = nullptr;
  Duration begins{};  // after the beginning of the world
  Duration lasts{};
};

// Runs the mail of all, each message until it is delivered or its sender gives up. The gate is the
// real one, byte by byte (lab/world.h).
class Simulation {
 public:
  // The ledger outlives it, and is that of the gate.
  Simulation(const Settings& settings, Ledger& ledger, const SimParameters& parameters,
             std::uint64_t seed, Chunking chunking = Chunking::whole);

  // `at_each_day`: the days that are over.
  SimReport run(const Populations& populations, const std::vector<SimFault>& faults = {},
                const std::function<void(std::uint64_t day)>& at_each_day = {});
  // Of all that is planned so many messages at most, drawn by chance.
  void send_at_most(std::size_t messages) { most_ = messages; }
  // Each judgement is made again from nothing, and compared (lab/stale_check.h).
  void check_twice() { world_.checks_twice = true; }

 private:
  // A message on its way.
  struct Trying {
    std::size_t population = 0;
    std::uint64_t number = 0;
    bool is_later = false;  // of its sender's messages the eleventh, or one that follows
    std::unique_ptr<Mail> mail;
    std::uint32_t tries = 0;
    Replayed replayed;
    std::uint64_t told = 0;     // that it is taken: once, or once for each part of its recipients
    bool was_rejected = false;  // for some of them
    // While its sender is there.
    VirtualClient* client = nullptr;
    std::unique_ptr<Talk> talk;
    bool has_talked = false;  // before it was greeted
    Instant came{};
    Instant asked{};  // when it said last what it waits to be answered

    const SimClient& from() const { return mail->clients[(tries - 1) % mail->clients.size()]; }
  };
  using Step = void (Simulation::*)(Trying);
  struct Due {
    Step step = nullptr;
    Trying trying;
  };
  // What one population did until now.
  struct Group {
    SimGroup counts;
    std::set<std::string> learnt;
    std::set<Address> addresses;
    std::unordered_map<std::uint64_t, std::uint32_t> sent;  // by whom, how many
  };
  // An address of good senders that was not let in, and has not been since.
  struct ShutOut {
    Instant since{};
    std::size_t population = 0;
  };

  void come(Trying trying);
  void be_greeted(Trying trying);
  void listen(Trying trying);
  void leave(Trying trying);
  void say(Trying& trying, std::string_view text);
  void settle(Trying trying, Talk::Answer answer);
  void end(Trying trying);
  SimGroup take(std::size_t population);
  void note_first(Trying& trying, Talk::Answer answer);
  void note_session(Trying& trying);
  void note_shut_out(const Trying& trying, Talk::Answer answer);
  void note_arrivals();
  Address sender_of(const Trying& trying);
  void note_state();
  void tell(const Trying& trying);
  void hear_word();
  void put_names(const SimClient& client);
  bool asks_list();
  void put_listed(const Address& address);
  void take_names(const SimClient& client);
  void later(Instant at, Step step, Trying trying);
  void plan_faults(const std::vector<SimFault>& faults);
  void begin_and_end_faults();
  Instant now() const { return world_.now().instant; }

  const SimParameters parameters_;
  const std::uint64_t seed_;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  World world_;
  Hearing hearing_;
  ReplayCounts counts_{0};
  TrafficStats traffic_;
  SimReport report_;
  std::vector<Group> groups_;
  std::uint64_t there_ = 0;  // clients
  std::uint64_t steps_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Due> due_;
  std::multimap<Instant, void (*)(World&)> faults_;  // their beginnings and ends
  std::map<Address, std::uint64_t> sentenced_;
  std::map<ClientKey, ShutOut> shut_out_;           // of all who are good together
  std::map<std::uint64_t, std::uint64_t> arrived_;  // at the mail server, how often, by number
  std::multimap<Instant, Report> words_;
  std::map<Address, std::uint32_t> named_;  // by how many who are there now
};

}  // namespace gatepost
