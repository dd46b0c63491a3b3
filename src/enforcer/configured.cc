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

// Interfaces' addresses come and go: for them not all is made anew.
Status Configured::carry_over(const NftTableOptions& options) {
  auto before = std::exchange(options_, options);
  before.never_banned = options.never_banned;
  if (made_ && before == options && table_.spare_always(options.never_banned)) return Done{};
  return table_.make(options);
}

void Configured::apply() {
  const NftTableOptions options{settings_.enforce.table, door_ports(settings_),
                                never_banned_here(settings_)};
  if (made_ && options == options_) return;
  const auto outcome = carry_over(options);
  made_ = outcome.ok();
  next_try_ = std::chrono::steady_clock::now() + kBetweenTries;
  if (!made_) {
    log_(fmt::format("table inet {}: {}", options.name, outcome.error()));
  } else if (options.ports == DoorPorts{}) {
    log_("no ports: nothing is dropped");
  }
}

// Where the kernel does not say which there are, those from before; loopback is always there.
void Configured::keep_addresses(std::vector<Address> before) {
  if (settings_.own_addresses.empty()) settings_.own_addresses = std::move(before);
}

bool Configured::reread() {
  auto read = read_enforcer_settings(file_);
  for (const auto& fault : read.faults) log_(to_string(fault));
  if (!read.settings) return false;
  auto before = std::exchange(settings_, std::move(*read.settings));
  keep_addresses(std::move(before.own_addresses));
  apply();
  return true;
}

void Configured::look(WallTime now) {
  const auto instant = std::chrono::steady_clock::now();
  if (instant >= next_addresses_) {
    next_addresses_ = instant + kBetweenAddresses;
    keep_addresses(std::exchange(settings_.own_addresses, own_addresses()));
    if (made_) apply();
  }
  if (made_) return table_.look(now);
  table_.pass_over();
  if (instant >= next_try_) apply();
}

}  // namespace gatepost
