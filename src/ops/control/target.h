// The target of a request taken apart: "/v1/addresses/2001%3Adb8%3A%3A1?limit=5".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

struct Target {
  std::vector<std::string> path;             // decoded; an encoded '/' stays inside its segment
  std::map<std::string, std::string> query;  // decoded; of a name that comes twice the last

  // Nothing where it is no absolute path or holds a broken percent sequence or a NUL (RFC
  // 3986 2.1, 3.3).
  static std::optional<Target> parse(std::string_view text);
};

// Everything but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

}  // namespace gatepost
