// The settings and their table as text: a file that reads back to the same, and the manual.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.h"

namespace gatepost {

// All that holds, defaults included, as TOML; read_settings() makes the same settings of it.
std::string settings_toml(Settings settings);

// The same for people to look at, section by section; of a [[section]] one for each element.
struct SettingInForce {
  std::string_view key;
  std::string value;  // as TOML
  bool is_default = false;
  std::string_view about;
};
struct SectionInForce {
  std::string_view name;
  std::string_view about;
  std::vector<SettingInForce> keys;
};
std::vector<SectionInForce> settings_in_force(Settings settings, std::string host_name);

// docs/manual/settings.md, made from the table.
std::string settings_manual();

}  // namespace gatepost
