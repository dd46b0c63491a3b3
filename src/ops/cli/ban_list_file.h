// A file with a list of banned addresses, read to its end.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "wire/ban_list/ban_list.h"

namespace gatepost {

struct BanListFile {
  std::vector<ListedBan> bans;  // in the order of their networks, each once
  struct Fault {
    std::uint64_t line = 0;
    std::string what;
  };
  static constexpr std::size_t kFaultsKept = 10;
  std::vector<Fault> faults;  // the first of them
  std::uint64_t faulty = 0;   // lines, in all
};

// `format` may be empty: then it is found by the looks of the list. Error: there is no such format,
// or it must be named, or there is more than anybody means.
Result<BanListFile> read_ban_list(std::istream& in, const std::string& format, WallTime now);

}  // namespace gatepost
