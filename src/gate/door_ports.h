// At which ports of this host bans hold.
#pragma once

#include <cstdint>
#include <vector>

#include "gate/settings.h"

namespace gatepost {

// In order, each once, and none in both.
struct DoorPorts {
  std::vector<std::uint16_t> mail;   // other mail servers': every ban holds
  std::vector<std::uint16_t> login;  // our own users': bans of BanScope::every
  bool operator==(const DoorPorts&) const = default;
};

// Those of enforce.ports, or else of [[smtp]]. Where our own users come in at one address of a port
// it is theirs.
DoorPorts door_ports(const Settings& settings);

}  // namespace gatepost
