// Finds the Maildirs that a path with '*' names.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gatepost {

struct FoundMaildirs {
  std::vector<std::string> paths;  // in order
  bool has_more = false;           // than `max`
  std::string trouble;             // why a folder could not be looked into; empty: all could
};

// '*' stands for any characters of one name, and for no name that begins with a dot. A path without
// it is taken as it is; with it only folders count that are Maildirs.
FoundMaildirs find_maildirs(const std::string& pattern, std::size_t max);

}  // namespace gatepost
