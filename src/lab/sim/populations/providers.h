// The networks of a simulated world: providers of very different size, each with a /12.
#pragma once

#include <cstdint>

#include "model/address.h"

namespace gatepost {

// By a chance of [0, 1): few have most of the machines (Zipf).
std::uint32_t provider_of(double chance);
Address address_in(std::uint32_t provider, double chance);

}  // namespace gatepost
