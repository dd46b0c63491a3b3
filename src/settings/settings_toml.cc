// Writes all settings out as TOML: the half of settings/settings_text.h that is for programs.
#include <fmt/format.h>

#include "settings/settings_table.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace settings_table {
namespace {

void write_passage(const Section& section, const Place& place, std::string& text) {
  if (!section.name.empty()) text += fmt::format("\n{}\n", section.header());
  for (const auto& setting : section.settings) {
    if (!setting.kind.show) continue;
    text += fmt::format("{} = {}\n", setting.key, setting.kind.show(place));
  }
}

}  // namespace
}  // namespace settings_table

std::string settings_toml(Settings settings) {
  using namespace settings_table;
  std::string text;
  for (const auto& section : sections()) {
    if (!section.built) continue;
    if (!section.repeated()) {
      write_passage(section, Place{&settings, nullptr, nullptr}, text);
      continue;
    }
    for (std::size_t i = 0; i < section.size(settings); ++i) {
      write_passage(section, section.element(settings, i), text);
    }
  }
  return text;
}

}  // namespace gatepost
