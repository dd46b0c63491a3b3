// What the traffic of a simulated world is like, to lay beside what was measured of the real one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>

#include "lab/sim/mail.h"

namespace gatepost {

// Of those who attack; shares are 0 where there is nothing to have one of.
struct SimTraffic {
  // Addresses that sent 1, 2, 3, 4, 5 to 10, and more messages.
  std::array<std::uint64_t, 6> per_address{};
  double tries_a_week = 0;        // of an address, in the weeks in which it came
  double never_returns = 0;       // of addresses: not after a minute, were they deferred
  double impatient_by_35_s = 0;   // of those who leave at all
  double comes_back = 0;          // of addresses: within 10 days, after a day or more of silence
  double in_mixed_networks = 0;   // of addresses: in a /12 from which good mail comes, too
  double listed_of_nameless = 0;  // of addresses without a name that leads back: on the DNS list
};

class TrafficStats {
 public:
  // Of each message once, when its time has come; and each try of it.
  void sent(const Mail& mail, bool attacks);
  void tried(const Address& client, bool attacks, WallTime at);

  SimTraffic traffic() const;

 private:
  struct Sender {
    std::uint64_t messages = 0;
    std::uint64_t tries = 0;
    std::uint64_t weeks = 0;  // a bit each
    WallTime last = kNever;
    bool comes_back = false;
    bool never_returns = false;
    bool is_nameless = false;
    bool is_listed = false;
  };
  std::map<Address, Sender> attackers_;
  std::set<Address> good_networks_;
  std::uint64_t impatient_ = 0;
  std::uint64_t impatient_by_35_s_ = 0;
};

// How far counts are from those of 46,583 addresses at one site (C. Siebenmann, 2006), as chi
// squared of a thousand; 5 degrees of freedom, so chance alone exceeds 11.07 once in twenty.
double distance_from_measured(const std::array<std::uint64_t, 6>& per_address);

}  // namespace gatepost
