// What gatepost-enforcer takes from the settings' file and from the host, and keeps as they change.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "enforcer/nft_table.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/instant.h"
#include "settings/read_settings.h"

namespace gatepost {

using EnforcerLog = std::function<void(const std::string&)>;

// Needs no right to read anything but the file itself: what else it names is none of our business.
SettingsRead read_enforcer_settings(const std::string& file);

class Configured {
 public:
  Configured(std::string file, Settings settings, EnforcerLog log);

  NftTable& table() { return table_; }
  const Settings& settings() const { return settings_; }
  const std::vector<Network>& never_banned() const { return options_.never_banned; }

  // Reads the file again. False: it has a fault, which is logged, and all stays as it was.
  bool reread();
  // Several times a second: the table is looked at, the host's addresses now and then.
  void look(WallTime now);

 private:
  void apply();
  void keep_addresses(std::vector<Address> before);
  Status carry_over(const NftTableOptions& options);

  const std::string file_;
  Settings settings_;
  EnforcerLog log_;
  NftTable table_;
  NftTableOptions options_;
  bool made_ = false;
  std::chrono::steady_clock::time_point next_try_{};
  std::chrono::steady_clock::time_point next_addresses_{};
};

}  // namespace gatepost
