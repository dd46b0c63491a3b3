// Implements enforcer/configured.h.
#include "enforcer/configured.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "enforcer/guard.h"
#include "gate/door_ports.h"
#include "settings/own_addresses.h"
#include "settings/settings_file.h"

namespace gatepost {
namespace {

constexpr Duration kBetweenTries = std::chrono::seconds(5);  // where the kernel has no nftables
constexpr Duration kBetweenAddresses = std::chrono::seconds(10);  // they come and go

}  // namespace

SettingsRead read_enforcer_settings(const std::string& file) {
  struct Unknown : AsNumbers {
    std::optional<AutonomousSystem> system_of(const Address&) const override { return {}; }
  };
  auto context = host_context();
  context.needs_door = false;
  context.read_file =
      [file, read = std::move(context.read_file)](const std::string& path) -> Result<std::string> {
    return path == file ? read(path) : std::string();
  };
  context.open_as_database = [](const std::string&) -> Result<std::shared_ptr<const AsNumbers>> {
    return std::shared_ptr<const AsNumbers>(std::make_shared<Unknown>());
  };
  auto read = read_settings_file(file, context);
  if (read.settings) read.settings->own_addresses = own_addresses();
  return read;
}

Configured::Configured(std::string file, Settings settings, EnforcerLog log)
    : file_(std::move(file)), settings_(std::move(settings)), log_(log), table_(std::move(log)) {}

void Configured::apply(WallTime now) {
  const NftTableOptions options{settings_.enforce.table, door_ports(settings_),
                                never_banned_here(settings_)};
  if (made_ && options == options_) return;
  options_ = options;
  const auto outcome = table_.make(options);
  made_ = outcome.ok();
  next_try_ = now + kBetweenTries;
  if (!made_) {
    log_(fmt::format("table inet {}: {}", options.name, outcome.error()));
  } else if (options.ports == DoorPorts{}) {
    log_("no ports: nothing is dropped");
  }
}

bool Configured::reread() {
  auto read = read_enforcer_settings(file_);
  for (const auto& fault : read.faults) log_(to_string(fault));
  if (!read.settings) return false;
  settings_ = std::move(*read.settings);
  apply(kNever);
  return true;
}

void Configured::look(WallTime now) {
  if (now >= next_addresses_) {
    next_addresses_ = now + kBetweenAddresses;
    settings_.own_addresses = own_addresses();
    if (made_) apply(now);
  }
  if (made_) return table_.look(now);
  if (now >= next_try_) apply(now);
}

}  // namespace gatepost
