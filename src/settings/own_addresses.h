// The addresses of this host.
#pragma once

#include <vector>

#include "model/address.h"

namespace gatepost {

// Those set on the interfaces; empty where the kernel does not say.
std::vector<Address> own_addresses();

}  // namespace gatepost
