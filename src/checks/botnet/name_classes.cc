// Implements checks/botnet/name_classes.h.
#include "checks/botnet/name_classes.h"

#include "checks/botnet/address_in_name.h"
#include "checks/botnet/name_part.h"

namespace gatepost {

NameClasses classify(std::string_view name, const Address& address,
                     const BotnetSettings& settings) {
  const auto part = before_two_labels(name);
  if (part.empty()) return {};
  return {holds_address(part, address), settings.client_words.any_in(part),
          settings.server_words.any_in(part)};
}

}  // namespace gatepost
