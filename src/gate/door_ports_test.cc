// Which ports are dropped at, and for whom.
#include "gate/door_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SmtpDoorSettings door(Purpose purpose, std::initializer_list<const char*> endpoints) {
  SmtpDoorSettings made;
  made.purpose = purpose;
  for (const auto* endpoint : endpoints) made.listen.push_back(*Endpoint::parse(endpoint));
  return made;
}

TEST(DoorPorts, AreThoseThatTheDoorsListenOn) {
  Settings settings;
  settings.smtp = {door(Purpose::mx, {"0.0.0.0:25", "[::]:25", "0.0.0.0:2525"}),
                   door(Purpose::submission, {"0.0.0.0:587", "0.0.0.0:465"})};
  const auto ports = door_ports(settings);
  EXPECT_THAT(ports.mail, ElementsAre(25, 2525));
  EXPECT_THAT(ports.login, ElementsAre(465, 587));
}

TEST(DoorPorts, WithoutADoorAreNone) {
  const auto ports = door_ports(Settings{});
  EXPECT_THAT(ports.mail, IsEmpty());
  EXPECT_THAT(ports.login, IsEmpty());
}

TEST(DoorPorts, OfTheSettingsAreForLoginsWhereNoMailServerComes) {
  Settings settings;
  settings.smtp = {door(Purpose::mx, {"0.0.0.0:2525"})};
  settings.enforce.ports = {993, 25, 587, 2525};
  const auto ports = door_ports(settings);
  EXPECT_THAT(ports.mail, ElementsAre(25, 2525));
  EXPECT_THAT(ports.login, ElementsAre(587, 993));
}

TEST(DoorPorts, ThatOurOwnUsersComeToAreTheirs) {
  Settings settings;
  settings.smtp = {door(Purpose::mx, {"192.0.2.1:25"}), door(Purpose::submission, {"10.0.0.1:25"})};
  EXPECT_THAT(door_ports(settings).mail, IsEmpty());
  EXPECT_THAT(door_ports(settings).login, ElementsAre(25));
}

}  // namespace
}  // namespace gatepost
