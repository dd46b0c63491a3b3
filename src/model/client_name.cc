// Implements model/client_name.h.
#include "model/client_name.h"

#include <algorithm>
#include <string_view>

namespace gatepost {

bool is_in_domains(const ClientName& name, const std::vector<std::string>& domains) {
  if (name.outcome != ClientName::Outcome::confirmed) return false;
  return std::any_of(domains.begin(), domains.end(), [&](std::string_view domain) {
    std::string_view whole = name.name;
    if (!whole.ends_with(domain)) return false;
    whole.remove_suffix(domain.size());
    return whole.empty() || whole.ends_with('.');
  });
}

}  // namespace gatepost
