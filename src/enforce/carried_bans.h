// Which bans have been carried outside: what to compare with, not what they say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/address.h"
#include "model/ban.h"

namespace gatepost {

struct NetworkHash {
  std::size_t operator()(const Network& network) const noexcept;
};

// Thread-safe. Some 90 bytes a ban.
class CarriedBans {
 public:
  // What was carried last of it; nothing: it was not.
  struct Carried {
    WallTime until = kNever;
    std::uint64_t fingerprint = 0;  // of all that the ban says
  };
  static std::uint64_t fingerprint_of(const Ban& ban);

  std::optional<Carried> find(const Network& network) const;
  bool has(const Ban& ban) const;  // just so
  void put(const Ban& ban);
  bool erase(const Network& network);
  std::size_t size() const;
  void each(const std::function<void(const Network&)>& visit) const;  // which asks nothing of this

  // All at once: only what was put into `others` is carried.
  void swap(CarriedBans& others);

  // A look through all bans that are to be: mark() each, and take_unmarked() gives the others that
  // are carried, `most` at most. Those whose time is over are forgotten. Nothing where all were put
  // anew meanwhile. One look at a time.
  void begin_marking();
  bool mark(const Ban& ban);  // false: it is not carried, or not just so
  std::optional<std::vector<Network>> take_unmarked(std::size_t most, WallTime now);

 private:
  struct Row {
    Carried carried;
    std::uint32_t marked = 0;  // in which look
  };

  mutable std::mutex mutex_;
  std::unordered_map<Network, Row, NetworkHash> rows_;
  std::uint32_t look_ = 0;
  bool undisturbed_ = false;
};

}  // namespace gatepost
