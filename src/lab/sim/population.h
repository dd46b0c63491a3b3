// Those of a simulated world who send mail of one kind.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lab/sim/mail.h"
#include "lab/world.h"

namespace gatepost {

// The site that all write to: its users, its traps and those it never had.
inline constexpr const char* kSimDomain = "example.org";
inline constexpr const char* kTrapPattern = "trap*@example.org";
inline constexpr const char* kUnknownPattern = "nobody*@example.org";
inline constexpr const char* kSimList = "list.example";  // the zone of its DNS list
inline constexpr std::uint64_t kSimUsers = 200;          // user0 to user199

// When the simulated time begins, and where in it `day` is.
inline constexpr WallTime kSimBegins = World::kBegins;
inline WallTime time_on(double day) {
  return kSimBegins + Duration(static_cast<std::int64_t>(day * 86'400'000));
}
inline double sim_day(WallTime at) {
  return static_cast<double>((at - kSimBegins).count()) / 86'400'000;
}

// A message that is to be sent: the rest of it is made when its time has come.
struct Plan {
  WallTime at = kNever;
  std::uint64_t who = 0;    // of the population
  std::uint64_t which = 0;  // of his messages
};

class Population {
 public:
  virtual ~Population() = default;

  virtual std::string_view name() const = 0;
  // The world without an attack is the same without them.
  virtual bool attacks() const = 0;
  // All of the time that is simulated, in any order; the same for the same seed.
  virtual std::vector<Plan> plans() const = 0;
  virtual Mail mail(const Plan& plan) const = 0;
};

using Populations = std::vector<std::unique_ptr<Population>>;

}  // namespace gatepost
