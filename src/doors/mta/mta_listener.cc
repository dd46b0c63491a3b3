// Implements doors/mta/mta_listener.h.
#include "doors/mta/mta_listener.h"

#include <utility>

#include "doors/proxy/listen_socket.h"

namespace gatepost {

std::string_view to_string(MtaProtocol protocol) {
  return protocol == MtaProtocol::milter ? "milter" : "policy";
}

std::string place_of(const MtaDoorSettings& door) {
  return door.path.empty() ? "inet:" + door.endpoint.to_string() : "unix:" + door.path;
}

bool MtaListener::is_at(MtaProtocol other_protocol, const MtaDoorSettings& other) const {
  return protocol == other_protocol && asked.path == other.path && asked.endpoint == other.endpoint;
}

Result<MtaListener> open_mta_listener(MtaProtocol protocol, const MtaDoorSettings& door) {
  MtaListener made{protocol, door, {}, {}, {}};
  if (door.path.empty()) {
    auto socket = open_listener(door.endpoint, false);
    if (!socket) return Error{socket.error()};
    made.bound = socket->bound;
    made.fd = std::move(socket->fd);
    return made;
  }
  auto socket = LocalSocket::open(door.path, door.group);
  if (!socket) return Error{"cannot listen on unix:" + socket.error()};
  made.fd.reset(socket->release_fd());
  made.file = std::move(socket).value();
  return made;
}

Result<std::vector<MtaListener>> open_mta_listeners(const Settings& settings) {
  std::vector<MtaListener> listeners;
  for (const auto protocol : {MtaProtocol::milter, MtaProtocol::policy}) {
    const auto& doors = protocol == MtaProtocol::milter ? settings.milter : settings.policy;
    for (const auto& door : doors) {
      auto listener = open_mta_listener(protocol, door);
      if (!listener) return Error{listener.error()};
      listeners.push_back(std::move(listener).value());
    }
  }
  return listeners;
}

}  // namespace gatepost
