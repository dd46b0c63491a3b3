// The directory of the ledger's two files: whether they may be opened, whose they are, what room is
// left.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace gatepost {

inline constexpr const char* kDataFile = "data.mdb";
inline constexpr const char* kLockFile = "lock.mdb";

// Refuses what is no directory, and files that are not plain ones with a single name: opened as
// root in a directory of somebody else, a link would lead us to any file of the system.
Status check_state_directory(const std::string& directory);

// As root: gives the files to the owner of the directory, so that a command line that was run as
// root first does not lock the gate out. Otherwise nothing.
Status give_files_to_directory_owner(const std::string& directory);

// Two paths to one directory are one.
struct DirectoryId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const DirectoryId&) const = default;
};
DirectoryId directory_id(const std::string& directory);

bool disk_is_full(const std::string& directory);

}  // namespace gatepost
