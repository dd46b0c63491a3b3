// Implements gate/door_ports.h.
#include "gate/door_ports.h"

#include <set>

namespace gatepost {
namespace {

constexpr std::uint16_t kSmtpPort = 25;  // RFC 5321 4.5.4.2

std::set<std::uint16_t> ports_of(const Settings& settings, Purpose purpose) {
  std::set<std::uint16_t> ports;
  for (const auto& door : settings.smtp) {
    if (door.purpose != purpose) continue;
    for (const auto& endpoint : door.listen) ports.insert(endpoint.port);
  }
  return ports;
}

}  // namespace

DoorPorts door_ports(const Settings& settings) {
  const auto users = ports_of(settings, Purpose::submission);
  auto mail = ports_of(settings, Purpose::mx);
  std::set<std::uint16_t> all(settings.enforce.ports.begin(), settings.enforce.ports.end());
  if (all.empty()) {
    all = mail;
    all.insert(users.begin(), users.end());
  }
  mail.insert(kSmtpPort);
  DoorPorts ports;
  for (const auto port : all) {
    const bool is_mail = mail.contains(port) && !users.contains(port);
    (is_mail ? ports.mail : ports.login).push_back(port);
  }
  return ports;
}

}  // namespace gatepost
