// Where in a file of a log we are, how the file is known again, and how that is written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatepost {

// So many bytes with this sum (FNV-1a).
struct Fingerprint {
  std::uint32_t length = 0;
  std::uint64_t sum = 0xcbf29ce484222325;  // of none

  static Fingerprint of(std::string_view bytes);
  bool operator==(const Fingerprint&) const = default;
};

struct LogPlace {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;   // all lines before it were read
  bool in_long_line = false;  // and the rest of the one that it is in is not to be
  Fingerprint head;           // of the file's first bytes, as far as they were read
  Fingerprint tail;           // of the bytes before the offset
  bool left = false;          // its writer is elsewhere now; kept for when it comes back

  bool operator==(const LogPlace&) const = default;
};

inline constexpr std::size_t kHeadMax = 256;  // bytes of fingerprints
inline constexpr std::size_t kTailMax = 512;
inline constexpr std::size_t kPlacesMax = 16;  // that are written down of one log

// docs/formats/follow.md. The first place is of the file that bore the log's name.
std::string write_places(std::string_view log, const std::vector<LogPlace>& places);
// An error where it is of another log, or none of ours.
Result<std::vector<LogPlace>> read_places(std::string_view text, std::string_view log);

}  // namespace gatepost
