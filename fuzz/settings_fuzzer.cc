// Feeds the settings reader any bytes, as settings and as a file of traps: what it accepts, it
// accepts again when written out, and becomes the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "settings/read_settings.h"
#include "settings/settings_text.h"

namespace {

constexpr std::size_t kSizeMax = 16'384;

constexpr std::string_view kNamesTraps =
    "[[smtp]]\nlisten = [\"127.0.0.1:25\"]\nbackend = \"maildir:m\"\n"
    "[traps]\nrecipients_file = \"traps\"\n";

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kSizeMax) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  gatepost::SettingsContext context;
  context.host_name = "mx.example.org";
  context.needs_door = false;
  const auto read = gatepost::read_settings(bytes, "f", context);
  require(read.settings.has_value() == read.faults.empty());
  if (read.settings) {
    const auto written = gatepost::settings_toml(*read.settings);
    const auto again = gatepost::read_settings(written, "again", context);
    require(again.settings && gatepost::settings_toml(*again.settings) == written);
  }

  context.read_file = [&](const std::string&) { return gatepost::Result<std::string>(bytes); };
  const auto traps = gatepost::read_settings(kNamesTraps, "f", context);
  require(traps.settings.has_value() == traps.faults.empty());
  return 0;
}
