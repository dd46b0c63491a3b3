// A certificate and its key, which are of use together only.
#pragma once

#include <string>

namespace gatepost {

// PEM: paths, or what is in the files.
struct TlsPair {
  std::string certificate;
  std::string key;
  bool operator==(const TlsPair&) const = default;
};

}  // namespace gatepost
