// Tests of settings/follow_section.h.
#include "settings/follow_section.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

SettingsRead read(const std::string& toml) {
  SettingsContext context;
  context.host_name = "h.example.org";
  return read_settings(toml, "f", context);
}

std::string faults_of(const std::string& toml) {
  std::string lines;
  for (const auto& fault : read(toml).faults) lines += to_string(fault) + '\n';
  return lines;
}

TEST(FollowSection, IsADoorWhereThereIsNoOther) {
  const auto result = read(
      "[[follow]]\nlog = \"/var/log/mail.log\"\n[[follow]]\n"
      "log = \"/var/log/dovecot.log\"\nformat = \"dovecot\"\nmax_age = \"1m\"\nclients = false");
  ASSERT_TRUE(result.settings);
  const auto& follow = result.settings->follow;
  ASSERT_EQ(follow.size(), 2u);
  EXPECT_EQ(follow[0].log, "/var/log/mail.log");
  EXPECT_EQ(follow[0].format, FollowSettings::Format::any);
  EXPECT_EQ(follow[0].max_age, 10min);
  EXPECT_EQ(follow[1].format, FollowSettings::Format::dovecot);
  EXPECT_TRUE(follow[0].clients);
  EXPECT_EQ(follow[1].max_age, 1min);
  EXPECT_FALSE(follow[1].clients);
}

TEST(FollowSection, TellsWhatIsWrongWithIt) {
  EXPECT_EQ(faults_of("[[follow]]"), "f:1:1: follow.log: is missing, expected the path of a log\n");
  EXPECT_EQ(faults_of("[[follow]]\nlog = \"mail.log\""),
            "f:2:7: follow.log: \"mail.log\" is relative, expected a path from the root on\n");
  EXPECT_EQ(faults_of("[[follow]]\nlog = \"/a\"\n[[follow]]\nlog = \"/a\""),
            "f:4:7: follow.log: \"/a\" is followed already, expected another log\n");
  EXPECT_EQ(faults_of("[[follow]]\nlog = \"/a\"\nformat = \"qmail\""),
            "f:3:10: follow.format: \"qmail\" is unknown, expected \"any\", \"postfix\", \"exim\", "
            "\"sendmail\", \"opensmtpd\" or \"dovecot\"\n");
  EXPECT_EQ(faults_of("[[follow]]\nlog = \"/a\"\nclients = \"no\""),
            "f:3:11: follow.clients: is a text, expected true or false\n");
}

}  // namespace
}  // namespace gatepost
