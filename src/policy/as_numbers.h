// Which autonomous system an address belongs to, where a database tells.
#pragma once

#include <optional>

#include "model/address.h"

namespace gatepost {

// Safe for threads. A lookup is a few memory accesses.
class AsNumbers {
 public:
  virtual ~AsNumbers() = default;

  // Nothing where the database does not say.
  virtual std::optional<AutonomousSystem> system_of(const Address& address) const = 0;
};

}  // namespace gatepost
