// Writes the manual of the settings from their table: the half of settings/settings_text.h for
// people.
#include <fmt/format.h>

#include "settings/read_settings.h"
#include "settings/settings_table.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace settings_table {
namespace {

constexpr std::string_view kIntroduction = R"(# Settings

One TOML file, `/etc/gatepost/gatepost.toml`, or the one that `gatepost -c FILE` names.
`gatepost check` reads it and tells all faults at once, each with its line and column. A key that is
not known is a fault.

Durations are `"300ms"`, `"90s"`, `"5m"`, `"2h"`, `"30d"` or `"forever"`; sizes `"64KiB"`,
`"50MiB"`; networks are single addresses or CIDR blocks. Paths that do not begin with `/` count from
the folder in which the gate is started. `gatepost reload`, or SIGHUP, reads the file anew; if it
has a fault, the old settings stay. Started as root, the gate has become the user `gatepost` by
then, who must be able to read this file and those that it names: `recipients_file`, `key_file`,
certificates, keys.

<!-- Made from the table in src/settings/; a test compares them, UPDATE_GOLDEN=1 writes it. -->
)";

// The default is that of an element for a [[section]].
std::string default_of(const Section& section, const Setting& setting) {
  if (!setting.default_words.empty()) return std::string(setting.default_words);
  auto settings = default_settings("");
  Place place{&settings, nullptr, nullptr};
  if (section.repeated()) {
    section.resize(settings, 1);
    place = section.element(settings, 0);
  }
  return "default: `" + setting.kind.show(place) + '`';
}

std::string describe_setting(const Section& section, const Setting& setting) {
  std::string text = fmt::format("- **`{}`**: ", setting.key);
  if (!setting.kind.built) return text + fmt::format("{} *Not built yet.*\n", setting.sentence);
  text += fmt::format("{}\\\n  {}", setting.sentence, setting.kind.expected);
  return text + fmt::format("; {}\n", default_of(section, setting));
}

std::string example_of(const Section& section) {
  std::string text = "\n```toml\n";
  if (!section.name.empty()) text += section.header() + '\n';
  for (const auto& setting : section.settings) {
    if (!setting.kind.built) continue;
    text += fmt::format("{}{} = {}\n", setting.apart ? "# " : "", setting.key, setting.example);
  }
  return text + "```\n";
}

std::string describe_section(const Section& section) {
  const auto title = section.name.empty() ? "At the top" : '`' + section.header() + '`';
  auto text = fmt::format("\n## {}\n{}\n\n", title, section.sentence);
  for (const auto& setting : section.settings) text += describe_setting(section, setting);
  return text + example_of(section);
}

}  // namespace
}  // namespace settings_table

std::string settings_manual() {
  using namespace settings_table;
  std::string text(kIntroduction);
  std::string to_come;
  for (const auto& section : sections()) {
    if (section.built) {
      text += describe_section(section);
    } else {
      to_come += fmt::format("{}`[{}]`", to_come.empty() ? "" : ", ", section.name);
    }
  }
  return text + "\n## Not built yet\nThese sections are known and refused: " + to_come + ".\n";
}

}  // namespace gatepost
