// The traps that were added by hand, in a file of the state directory; docs/formats/traps.md.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checks/trap/trap.h"
#include "model/instant.h"

namespace gatepost {

struct AddedTrap {
  std::string recipient;  // or a pattern, as it is compared
  WallTime added = kNever;
  std::string reason;
  bool operator==(const AddedTrap&) const = default;
};

// An address or a pattern as it is compared; read again it is the same.
Result<std::string> parse_trap(std::string_view text);

// A line that is none makes all of it an error, which names it.
Result<std::vector<AddedTrap>> parse_added_traps(std::string_view text);
std::string added_traps_text(const std::vector<AddedTrap>& traps);

// Any thread. Several processes may change the file: each looks at it anew before it does.
class TrapStore final : public AddedTraps {
 public:
  static constexpr std::size_t kTrapsMax = 100'000;
  static constexpr std::size_t kWithStarMax = 1'000;  // for these are tried one by one
  static constexpr std::size_t kReasonMax = 200;      // bytes

  // Reads the file, where there is one.
  explicit TrapStore(const std::string& state);

  bool fit(const std::string& address) const override;
  std::vector<AddedTrap> traps() const;
  // Why the file cannot be used, which counts as none then; empty where it can.
  std::string trouble() const;

  // Reads it again where somebody else has changed it.
  void look_again();

  // Both return once it is on the disk; an error changes nothing, but for the one that says that
  // the change stands. Who is there already, or is not there, is passed over; how many were not.
  Result<std::size_t> add(const std::vector<AddedTrap>& traps);
  Result<std::size_t> remove(const std::vector<std::string>& recipients);

 private:
  struct Content;
  struct Stamp {  // of the file as it was read
    std::int64_t seconds = 0, nanoseconds = 0;
    std::uint64_t size = 0, inode = 0;
    bool operator==(const Stamp&) const = default;
  };

  std::shared_ptr<const Content> content() const;
  Stamp stamp() const;
  void read();
  template <typename Change>
  Result<std::size_t> change(Change change);
  Status write(const std::vector<AddedTrap>& traps);

  const std::string state_, path_;
  std::mutex writing_;        // one change at a time
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Content> content_;
  Stamp stamp_;
};

}  // namespace gatepost
