// What one DNS list answers of a client.
#pragma once

#include <string>
#include <vector>

#include "model/address.h"

namespace gatepost {

// Only what can be relied on: no answer in time, an error code, or an answer of a list that is not
// well, is no answer.
struct DnsblAnswer {
  std::string list;            // as it is shown, without a paid key
  std::vector<Address> codes;  // in 127.0.0.0/8; never empty
  bool operator==(const DnsblAnswer&) const = default;
};

}  // namespace gatepost
