// Who still gets a place: limits.sessions, limits.sessions_per_address, and what happens when
// places are short.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gate/settings.h"
#include "model/address.h"

namespace gatepost {

// The clients that are here, in all, of each address and of each neighbourhood (IPv4 /24, IPv6
// /48). Places are short when one in fifty is left, until one in ten is free again: holding a crowd
// is what the gate is for, and no reason to hold it for less time. Holds two numbers for each
// client that is here, of eight bytes; not for use by two threads at once.
class Admission {
 public:
  enum class Answer {
    welcome,
    too_many_of_client,         // limits.sessions_per_address
    too_many_of_neighbourhood,  // places are short, and few neighbourhoods have more of them
    too_many,                   // all places are taken
  };

  // `seed`: chosen at random, so that nobody can choose addresses that are taken for another, or
  // make the tables slow.
  explicit Admission(std::size_t seed);

  // Counts a client in where it answers welcome; then leave() is owed. `places` is how many there
  // are at this moment. Who is `known` (trusted, excepted, known good) is not asked for its
  // neighbourhood.
  Answer enter(const ClientKey& client, bool known, std::size_t places,
               const LimitSettings& limits);
  void leave(const ClientKey& client);

  // The same for one whose client is not known yet; when it is, it leaves and enters.
  Answer enter_unnamed(std::size_t places);
  void leave_unnamed();

  std::size_t total() const { return total_; }
  bool stressed() const { return stressed_; }

 private:
  // Counts under a secret name: two of a million clients have the same with a chance of one in a
  // million, and then share a count.
  class Counts {
   public:
    explicit Counts(std::size_t seed) : seed_(seed) {}
    std::uint32_t of(const ClientKey& key) const;
    void increase(const ClientKey& key);
    void decrease(const ClientKey& key);  // that was increased

   private:
    // The name in 40 bits, below it the count in 24: more than a process can have descriptors.
    struct Count {
      mutable std::uint64_t bits;
      std::uint64_t name() const { return bits >> 24; }
      std::uint32_t value() const { return static_cast<std::uint32_t>(bits & 0xff'ffff); }
      bool operator==(const Count& other) const { return name() == other.name(); }
    };
    struct Hash {
      using is_avalanching = void;
      std::size_t operator()(const Count& count) const noexcept;
    };
    Count none_of(const ClientKey& key) const;

    std::uint64_t seed_;
    boost::unordered_flat_set<Count, Hash> counts_;
  };

  bool is_crowded(std::size_t neighbours) const;
  void take_place();
  void give_place();
  void judge_stress();

  Counts of_client_;
  Counts of_neighbourhood_;
  std::vector<std::uint32_t> neighbourhoods_of_;  // how many have so many clients
  std::size_t fullest_ = 0;                       // clients of the fullest neighbourhood
  std::size_t total_ = 0;
  std::size_t places_ = 0;  // when somebody came last
  bool stressed_ = false;
};

}  // namespace gatepost
