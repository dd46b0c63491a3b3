// Who can never be banned, whatever a gate says.
#include "enforcer/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;

Network net(std::string_view text) { return *Network::parse(text); }

Settings office() {
  Settings settings;
  settings.trusted = {net("10.0.0.0/8")};
  settings.exceptions.networks = {net("192.0.2.0/24"), net("2001:db8:5::/48")};
  settings.own_addresses = {*Address::parse("198.51.100.1"), *Address::parse("2001:db8::1")};
  return settings;
}

TEST(Guard, OurOwnAreNeverBanned) {
  const auto never = never_banned_here(office());
  for (const auto* spared : {"10.1.2.3", "10.1.0.0/16", "10.0.0.0/8", "192.0.2.9",
                             "2001:db8:5:1::/64", "127.0.0.1", "127.9.9.9", "198.51.100.1"})
    EXPECT_TRUE(is_never_banned(net(spared), never)) << spared;
}

// They are spared within it, by the rule before.
TEST(Guard, WhatIsLargerThanThatMayBe) {
  const auto never = never_banned_here(office());
  for (const auto* banned :
       {"0.0.0.0/0", "8.0.0.0/5", "192.0.0.0/16", "198.51.100.0/24", "2001:db8::/64", "::/0"})
    EXPECT_FALSE(is_never_banned(net(banned), never)) << banned;
}

TEST(Guard, OthersMayBe) {
  const auto never = never_banned_here(office());
  for (const auto* banned : {"11.0.0.1", "198.51.100.2", "2001:db8:6::/64", "::/64"})
    EXPECT_FALSE(is_never_banned(net(banned), never)) << banned;
}

TEST(Guard, AFamilyIsNotInTheOther) {
  EXPECT_FALSE(is_never_banned(net("192.0.2.1"), {net("::/0")}));
  EXPECT_FALSE(is_never_banned(net("2001:db8::/64"), {net("0.0.0.0/0")}));
}

TEST(Outermost, IsWithoutThoseThatLieInAnother) {
  EXPECT_THAT(outermost({net("10.1.0.0/16"), net("10.0.0.0/8"), net("10.0.0.0/9"),
                         net("11.0.0.0/8"), net("10.0.0.0/8"), net("::/0"), net("2001:db8::/32")}),
              ElementsAre(net("::/0"), net("10.0.0.0/8"), net("11.0.0.0/8")));
}

}  // namespace
}  // namespace gatepost
