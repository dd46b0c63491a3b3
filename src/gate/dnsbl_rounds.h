// Asks DNS lists at their test points when that is due.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "gate/dnsbl_watch.h"
#include "gate/ports/resolver.h"

namespace gatepost {

// One for a watch, bound to the resolver's loop; both outlive it.
class DnsblRounds {
 public:
  DnsblRounds(DnsblWatch& watch, Resolver& resolver) : watch_(watch), resolver_(resolver) {}

  // Begins the rounds that are due.
  void run(Moment now);

  // When run() has something to do; Instant::max() where nothing is foreseen. Answers move it,
  // those about clients to any of the loops too: where a timer is set by it, it fires every few
  // seconds.
  Instant next_deadline() const { return watch_.next_round(); }

 private:
  struct Round {
    DnsblWatch::List list;
    Moment began;
    TestRound answers;
    std::vector<Resolver::Asked> asked;
    std::size_t pending = 0;
    Duration took{};  // the longest
  };

  void begin(DnsblWatch::Due due, Moment now);
  void answered(Round& round, const DnsblWatch::TestQuestion& question, const DnsAnswer& answer);

  DnsblWatch& watch_;
  Resolver& resolver_;
  std::vector<std::unique_ptr<Round>> rounds_;  // one a list; those that ended until the next run()
};

}  // namespace gatepost
