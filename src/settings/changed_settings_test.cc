// Tests of settings/changed_settings.h.
#include "settings/changed_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/read_settings.h"
#include "settings/settings_text.h"

namespace gatepost {
namespace {

using testing::HasSubstr;

SettingsRead read(std::string_view toml) {
  SettingsContext context;
  context.host_name = "host.example.org";
  context.needs_door = false;
  return read_settings(toml, "gatepost.toml", context);
}

TEST(ChangedSettings, AreWhatTheirFileWouldHaveMadeOfIt) {
  const auto before = read("[decide]\ntempfail_at = 4\n[jail]\nfactor = 3\n");
  const auto changed = changed_settings(
      *before.settings,
      {{"checks.helo", "3"}, {"jail.first", "\"2h\""}, {"checks.botnet_client", "\"tempfail\""}});
  ASSERT_TRUE(changed.ok()) << changed.error();
  const auto read_whole = read(
      "[decide]\ntempfail_at = 4\n[jail]\nfactor = 3\nfirst = \"2h\"\n"
      "[checks]\nhelo = 3\nbotnet_client = \"tempfail\"\n");
  EXPECT_EQ(settings_toml(*changed), settings_toml(*read_whole.settings));
}

TEST(ChangedSettings, HoldOnlyWhatAFileMayHold) {
  const auto before = *read("").settings;
  const struct {
    std::string key, value, wrong;
  } rows[] = {{"checks.hello", "2", "checks.hello: is unknown"},
              {"smtp.tls", "\"off\"", "smtp.tls: is unknown"},
              {"checks.helo", "2 3", "checks.helo: "},
              {"checks.helo", "101", "checks.helo: 101 is out of range"},
              {"decide.tempfail_at", "7", "decide.reject_at: "},
              {"jail.first", "\"40d\"", "jail.longest: "}};
  for (const auto& row : rows) {
    const auto changed = changed_settings(before, {{row.key, row.value}});
    ASSERT_FALSE(changed.ok()) << row.key;
    EXPECT_THAT(changed.error(), HasSubstr(row.wrong));
  }
  EXPECT_TRUE(
      changed_settings(before, {{"decide.tempfail_at", "7"}, {"decide.reject_at", "9"}}).ok());
}

TEST(ChangedSettings, ShowWhatHolds) {
  const auto settings = *read("[checks]\nhelo = \"note\"\n").settings;
  EXPECT_EQ(value_of(settings, "checks.helo"), "\"note\"");
  EXPECT_EQ(value_of(settings, "checks.botnet_nordns"), "2");
  EXPECT_EQ(value_of(settings, "jail.first"), "\"5m\"");
  EXPECT_EQ(value_of(settings, "mode"), "\"observe\"");
  EXPECT_EQ(value_of(settings, "jail.nothing"), "");
}

}  // namespace
}  // namespace gatepost
