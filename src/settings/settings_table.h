// The one table of settings: parser, defaults, checks, manual and forms are all made of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/kinds.h"

namespace gatepost::settings_table {

// One key. Its default is the one of gate/settings.h, shown through `kind`.
struct Setting {
  std::string_view key;
  Kind kind;
  std::string_view sentence;         // what it does, for the manual; Markdown
  std::string_view example;          // as TOML, not the default
  std::string_view default_words{};  // "required", or a default that is no value
  bool apart = false;                // the examples of its section would not go with its own
};

// One [section] or [[section]].
struct Section {
  std::string_view name;  // "" at the top; "traps.restricted" stands inside "traps"
  std::string_view sentence;
  std::vector<Setting> settings{};
  bool built = true;
  // For a [[section]]: how many elements there are, makes so many, and gives the place of one.
  std::size_t (*size)(const Settings&) = nullptr;
  void (*resize)(Settings&, std::size_t) = nullptr;
  Place (*element)(Settings&, std::size_t) = nullptr;

  bool repeated() const { return resize != nullptr; }
  const Setting* find(std::string_view key) const;
  std::string header() const;                        // "[greet]", "[[smtp]]"
  std::string full_key(std::string_view key) const;  // "greet.wait"
};

// In the order of the manual.
const std::vector<Section>& sections();
const Section* find_section(std::string_view name);

// What holds between several settings, or makes one of them doubtful.
struct Rule {
  std::string_view section;
  std::vector<std::string_view> keys;  // what it looks at; the first is blamed
  enum class Weight { fault, warning } weight;
  std::optional<std::string> (*broken)(const Place&);  // says what is wrong, what is expected
};
const std::vector<Rule>& rules();

}  // namespace gatepost::settings_table
