// What the DNS says a client is called.
#pragma once

#include <string>
#include <vector>

namespace gatepost {

// Forward-confirmed reverse DNS (RFC 8601 3, "iprev"): the names of the address, and whether one of
// them leads back.
struct ClientName {
  enum class Outcome {
    unknown,    // nobody asked, or the DNS gave no answer that can be relied on
    none,       // the address has no name
    mismatch,   // it has, and none of them leads back
    confirmed,  // `name` leads back to the address
  };
  Outcome outcome = Outcome::unknown;
  // Lower case, a valid host name: the one that leads back, else the first. May be there with
  // `unknown`, too: then it is not known whether it leads back.
  std::string name;

  bool operator==(const ClientName&) const = default;
};

// Whether the name is confirmed, and one of these domains or below one; lower case, A-labels.
bool is_in_domains(const ClientName& name, const std::vector<std::string>& domains);

}  // namespace gatepost
