// Implements settings/nearest.h.
#include "settings/nearest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "settings/settings_table.h"

namespace gatepost::settings_table {
namespace {

constexpr std::size_t kLengthMax = 64;

// A key in the wrong section is rarer than a slip of the pen.
constexpr std::size_t kCostOfOtherSection = 2;

// The name below `outer` where it is a section of it: "restricted" in "traps"; else empty.
std::string_view name_within(std::string_view outer, std::string_view name) {
  if (outer.empty()) return name.find('.') == std::string_view::npos ? name : std::string_view{};
  if (!name.starts_with(outer) || name.size() <= outer.size() || name[outer.size()] != '.')
    return {};
  return name.substr(outer.size() + 1);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLengthMax);
  b = b.substr(0, kLengthMax);
  using Row = std::array<std::size_t, kLengthMax + 1>;
  Row before_last{};
  Row last{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    Row row{};
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

std::string nearest_key(const Section& section, std::string_view unknown) {
  std::string nearest;
  auto least = std::numeric_limits<std::size_t>::max();
  const auto offer = [&](std::string_view word, std::size_t extra, std::string name) {
    const auto cost = edit_distance(unknown, word) + extra;
    if (cost >= least) return;
    least = cost;
    nearest = std::move(name);
  };
  for (const auto& setting : section.settings) offer(setting.key, 0, std::string(setting.key));
  for (const auto& other : sections()) {
    if (!other.built) continue;
    const auto within = name_within(section.name, other.name);
    if (!within.empty()) offer(within, 0, other.header());
    if (&other == &section) continue;
    for (const auto& setting : other.settings) {
      offer(setting.key, kCostOfOtherSection, other.full_key(setting.key));
    }
  }
  return nearest;
}

}  // namespace gatepost::settings_table
