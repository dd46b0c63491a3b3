// Implements ops/cli/settings_file.h.
#include "ops/cli/settings_file.h"

#include <fmt/ostream.h>

#include <filesystem>

namespace gatepost {

std::shared_ptr<const Settings> settings_or_default(const CommandLine& line, const CliHooks& hooks,
                                                    Console& console) {
  std::error_code unknown;
  if (!line.config_given && !std::filesystem::exists(line.config, unknown))
    return std::make_shared<const Settings>(default_settings({}));
  auto read = hooks.read_settings(line.config, false);
  for (const auto& fault : read.faults) fmt::print(console.err, "{}\n", to_string(fault));
  if (!read.settings) return nullptr;
  return std::make_shared<const Settings>(*std::move(read.settings));
}

}  // namespace gatepost
