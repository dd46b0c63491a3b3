// The Botnet plugin's three questions about a name, which need no DNS beyond it.
#pragma once

#include <string_view>

#include "checks/botnet/botnet_settings.h"
#include "model/address.h"

namespace gatepost {

// They agree with the plugin name by name, for lists of words that are not empty.
struct NameClasses {
  bool ip_in_name = false;
  bool client_words = false;
  bool server_words = false;

  bool client() const { return (ip_in_name || client_words) && !server_words; }
  bool operator==(const NameClasses&) const = default;
};

// `name` is in lower case; any bytes, and an empty one is in no class. Under half a microsecond.
NameClasses classify(std::string_view name, const Address& address, const BotnetSettings& settings);

}  // namespace gatepost
