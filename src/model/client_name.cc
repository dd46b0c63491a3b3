// Implements model/client_name.h.
#include "model/client_name.h"

#include <algorithm>

#include "model/host_name.h"

namespace gatepost {

bool is_in_domains(const ClientName& name, const std::vector<std::string>& domains) {
  if (name.outcome != ClientName::Outcome::confirmed) return false;
  return std::any_of(domains.begin(), domains.end(),
                     [&](const auto& domain) { return is_in_domain(name.name, domain); });
}

}  // namespace gatepost
