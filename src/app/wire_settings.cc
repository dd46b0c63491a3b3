// Implements app/wire_settings.h.
#include "app/wire_settings.h"

#include <memory>

#include "ops/control/trap_store.h"
#include "ops/tls/tls_files.h"
#include "settings/settings_file.h"

namespace gatepost {

SettingsRead read_host_settings(const std::string& path, bool needs_door) {
  auto context = host_context();
  context.needs_door = needs_door;
  context.look_at_tls_files = look_at_tls_files;
  return read_settings_as(path, context);
}

SettingsRead read_settings_as(const std::string& path, const SettingsContext& context) {
  auto read = read_settings_file(path, context);
  if (!read.settings) return read;
  read.settings->own_addresses = own_addresses();
  const auto traps = std::make_shared<TrapStore>(read.settings->state);
  if (!traps->trouble().empty())
    read.warnings.push_back(
        {path, 0, 0, "traps", "those added are not known: " + traps->trouble()});
  read.settings->checks.trap.added = traps;
  return read;
}

}  // namespace gatepost
