// Writes all settings out as TOML: the part of settings/settings_text.h that tells what holds.
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

// `place` and `usual` are of one section, in the settings and in the defaults.
SectionInForce in_force(const Section& section, const Place& place, const Place& usual) {
  SectionInForce told{section.name, section.sentence, {}};
  for (const auto& setting : section.settings) {
    if (!setting.kind.show) continue;
    auto value = setting.kind.show(place);
    const bool is_default = value == setting.kind.show(usual);
    told.keys.push_back({setting.key, std::move(value), is_default, setting.sentence});
  }
  return told;
}

}  // namespace
}  // namespace settings_table

std::vector<SectionInForce> settings_in_force(Settings settings, std::string host_name) {
  using namespace settings_table;
  auto defaults = default_settings(std::move(host_name));
  std::vector<SectionInForce> told;
  for (const auto& section : sections()) {
    if (!section.built) continue;
    if (!section.repeated()) {
      told.push_back(in_force(section, Place{&settings}, Place{&defaults}));
      continue;
    }
    section.resize(defaults, 1);
    for (std::size_t i = 0; i < section.size(settings); ++i) {
      told.push_back(in_force(section, section.element(settings, i), section.element(defaults, 0)));
    }
  }
  return told;
}

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
