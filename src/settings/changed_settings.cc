// Implements settings/changed_settings.h.
#include "settings/changed_settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "settings/settings_table.h"

namespace gatepost {
namespace settings_table {
namespace {

struct Row {
  const Section* section = nullptr;
  const Setting* setting = nullptr;
};

std::optional<Row> row_of(std::string_view key) {
  const auto dot = key.rfind('.');
  const bool is_top = dot == std::string_view::npos;
  const auto* const section = find_section(is_top ? "" : key.substr(0, dot));
  if (!section || !section->built || section->repeated()) return std::nullopt;
  const auto* const setting = section->find(is_top ? key : key.substr(dot + 1));
  if (!setting || !setting->kind.built) return std::nullopt;
  return Row{section, setting};
}

Status read_value(const SettingChange& change, const Row& row, Settings& settings) {
  const SettingsContext nothing;
  FaultList faults("");
  try {
    const auto table = toml::parse(fmt::format("value = {}", change.value));
    Reading reading{change.key, nothing, faults};
    row.setting->kind.read(*table.get("value"), Place{&settings}, reading);
  } catch (const toml::parse_error& problem) {
    return Error{fmt::format("{}: {}", change.key, problem.description())};
  }
  if (!faults.any()) return Done{};
  return Error{fmt::format("{}: {}", change.key, faults.take_faults().front().message)};
}

Status look_at_rules(const Row& row, Settings& settings) {
  for (const auto& rule : rules()) {
    const bool looks_at_it =
        rule.section == row.section->name && rule.weight == Rule::Weight::fault &&
        std::find(rule.keys.begin(), rule.keys.end(), row.setting->key) != rule.keys.end();
    if (!looks_at_it) continue;
    if (const auto broken = rule.broken(Place{&settings}))
      return Error{fmt::format("{}: {}", row.section->full_key(rule.keys.front()), *broken)};
  }
  return Done{};
}

}  // namespace
}  // namespace settings_table

Result<Settings> changed_settings(Settings settings, const std::vector<SettingChange>& changes) {
  using namespace settings_table;
  std::vector<Row> rows;
  for (const auto& change : changes) {
    const auto row = row_of(change.key);
    if (!row) return Error{fmt::format("{}: is unknown", change.key)};
    if (auto read = read_value(change, *row, settings); !read) return Error{read.error()};
    rows.push_back(*row);
  }
  for (const auto& row : rows) {
    if (auto holds = look_at_rules(row, settings); !holds) return Error{holds.error()};
  }
  return settings;
}

std::string value_of(Settings settings, std::string_view key) {
  using namespace settings_table;
  const auto row = row_of(key);
  return row && row->setting->kind.show ? row->setting->kind.show(Place{&settings}) : std::string();
}

}  // namespace gatepost
