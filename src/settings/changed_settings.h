// Settings in which single values are others, for those who try some.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/settings.h"

namespace gatepost {

// As an administrator writes it: "jail.first", "\"5m\"".
struct SettingChange {
  std::string key;
  std::string value;  // TOML
};

// `settings` as if their file had said that, too. Keys of a [[section]] are not known here. Error:
// what is wrong with a key, a value, or with what would hold then.
Result<Settings> changed_settings(Settings settings, const std::vector<SettingChange>& changes);

// What holds, as TOML; empty where there is no such key.
std::string value_of(Settings settings, std::string_view key);

}  // namespace gatepost
