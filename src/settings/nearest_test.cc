// Tests of settings/nearest.h.
#include "settings/nearest.h"

#include <gtest/gtest.h>

#include <string>

#include "settings/settings_table.h"

namespace gatepost::settings_table {
namespace {

TEST(EditDistance, CountsSlipsOfThePen) {
  const struct {
    std::string_view a, b;
    std::size_t distance;
  } rows[] = {{"", "", 0},         {"wait", "wait", 0},      {"", "wait", 4},
              {"wai", "wait", 1},  {"waait", "wait", 1},     {"wart", "wait", 1},
              {"wiat", "wait", 1}, {"kitten", "sitting", 3}, {"abc", "xyz", 3}};
  for (const auto& row : rows) {
    EXPECT_EQ(edit_distance(row.a, row.b), row.distance) << row.a << ' ' << row.b;
    EXPECT_EQ(edit_distance(row.b, row.a), row.distance) << row.b << ' ' << row.a;
  }
}

TEST(EditDistance, LooksAtNoMoreThan64Bytes) {
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), std::string(64, 'a')), 0u);
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), "a"), 63u);
}

TEST(NearestKey, PrefersTheSectionThatWasWrittenIn) {
  const struct {
    std::string_view section, unknown, nearest;
  } rows[] = {{"greet", "wate", "wait"},
              {"greet", "wait_for", "pass_for"},
              {"greet", "first", "jail.first"},
              {"jail", "wait", "at"},  // two letters, as near as greet.wait
              {"", "jial", "[jail]"},
              {"", "smpt", "[[smtp]]"},
              {"traps", "restrictd", "[[traps.restricted]]"},
              {"limits", "message-size", "message_size"}};
  for (const auto& row : rows) {
    EXPECT_EQ(nearest_key(*find_section(row.section), row.unknown), row.nearest)
        << row.section << ' ' << row.unknown;
  }
}

}  // namespace
}  // namespace gatepost::settings_table
