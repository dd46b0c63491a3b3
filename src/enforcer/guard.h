// Whom no message can ban: what the settings' file and this host say, whatever the gate does.
#pragma once

#include <vector>

#include "gate/settings.h"
#include "model/address.h"

namespace gatepost {

// Every network that nobody is banned in: loopback, `trusted`, exceptions.networks, own_addresses.
// None of them lies in another.
std::vector<Network> never_banned_here(const Settings& settings);

// Without those that lie in another; in order.
std::vector<Network> outermost(std::vector<Network> networks);

// Whether nobody in `network` may be banned. One that is larger than those in `never` may be: they
// are spared in it.
bool is_never_banned(const Network& network, const std::vector<Network>& never);

}  // namespace gatepost
