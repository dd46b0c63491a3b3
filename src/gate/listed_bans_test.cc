// Tests of gate/listed_bans.h.
#include "gate/listed_bans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace gatepost {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WallTime kNow = wall_time(1'795'355'280'000);

Network net(std::string_view text) { return *Network::parse(text); }

Ban ban_of(const Network& network, int hours_left) {
  return {network, BanScope::every, kNow, kNow + hours(hours_left), CheckName::trap, "x", {}};
}

BanSource source(const std::vector<Ban>& bans) {
  return [&bans](const std::function<bool(const Ban&)>& visit) {
    for (const auto& ban : bans) {
      if (!visit(ban)) return;
    }
  };
}

// "192.0.2.0/24 3h" each.
std::vector<std::string> listed(const std::vector<Ban>& bans, const std::vector<Network>& spared) {
  std::vector<std::string> list;
  for_each_listed(source(bans), spared, [&](const Ban& ban) {
    list.push_back(ban.network.to_string() + ' ' + to_string(ban.until - kNow));
    return true;
  });
  return list;
}

TEST(ListedBans, WhoIsSparedIsLeftOut) {
  EXPECT_THAT(listed({ban_of(net("192.0.2.0/30"), 1), ban_of(net("192.0.2.7"), 2),
                      ban_of(net("192.0.2.8"), 3), ban_of(net("2001:db8::/64"), 4)},
                     {net("192.0.2.1"), net("192.0.2.8/29"), net("198.51.100.1")}),
              ElementsAre("192.0.2.0 1h", "192.0.2.2/31 1h", "192.0.2.7 2h", "2001:db8::/64 4h"));
}

TEST(ListedBans, AnAddressIsSparedInTheNetworkOfAClient) {
  const auto list = listed({ban_of(net("2001:db8::/64"), 1)}, {net("2001:db8::1")});
  EXPECT_EQ(list.size(), 64);
  EXPECT_EQ(list.front(), "2001:db8:: 1h");
  EXPECT_EQ(list.back(), "2001:db8:0:0:8000::/65 1h");
}

TEST(ListedBans, OfNetworksInEachOtherWhatLastsLongerCounts) {
  EXPECT_THAT(listed({ban_of(net("192.0.2.0/28"), 5), ban_of(net("192.0.2.0/29"), 3),
                      ban_of(net("192.0.2.8/29"), 7), ban_of(net("192.0.2.12/30"), 6),
                      ban_of(net("192.0.2.16/28"), 1), ban_of(net("192.0.2.16/28"), 2)},
                     {}),
              ElementsAre("192.0.2.0/29 5h", "192.0.2.8/29 7h", "192.0.2.16/28 2h"));
}

TEST(ListedBans, WhatIsCutIntoTooManyPartsIsLeftOut) {
  std::vector<Network> spared;
  for (std::uint32_t i = 0; i < 20'000; ++i)
    spared.emplace_back(Address::v4(0x0a000000u + 2 * i), 32);
  const std::vector<Ban> bans = {ban_of(net("10.0.0.0/8"), 1), ban_of(net("192.0.2.0/24"), 1)};
  std::size_t listed = 0;
  EXPECT_EQ(for_each_listed(source(bans), spared, [&](const Ban&) { return ++listed; }), 1);
  EXPECT_EQ(listed, 1);
}

TEST(ListedBans, EndsWhenItIsToldTo) {
  const std::vector<Ban> bans = {ban_of(net("10.0.0.0/8"), 1), ban_of(net("192.0.2.1"), 1)};
  int seen = 0;
  for_each_listed(source(bans), {}, [&](const Ban&) { return ++seen < 1; });
  EXPECT_EQ(seen, 1);
  EXPECT_THAT(listed({}, {net("192.0.2.1")}), IsEmpty());
}

// Against looking at each address of a small world.
TEST(ListedBans, EachAddressIsListedOnceUntilItsLongestBan) {
  std::mt19937 random(7);
  const auto any = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Ban> bans;
    std::vector<Network> spared;
    const auto network = [&](unsigned bits) {
      return Network(Address::v4(0xc0000200u + any(64)), bits);
    };
    for (unsigned i = any(6); i-- > 0;)
      bans.push_back(ban_of(network(26 + any(6)), static_cast<int>(1 + any(5))));
    for (unsigned i = any(4); i-- > 0;) spared.push_back(network(25 + any(8)));
    std::vector<Ban> list;
    for_each_listed(source(bans), spared, [&](const Ban& ban) {
      list.push_back(ban);
      return true;
    });
    for (std::uint32_t i = 0; i < 64; ++i) {
      const auto address = Address::v4(0xc0000200u + i);
      WallTime until = kNever;
      for (const auto& ban : bans) {
        if (ban.network.contains(address)) until = std::max(until, ban.until);
      }
      if (contains(spared, address)) until = kNever;
      std::vector<WallTime> told;
      for (const auto& ban : list) {
        if (ban.network.contains(address)) told.push_back(ban.until);
      }
      if (until == kNever) {
        EXPECT_THAT(told, IsEmpty()) << address.to_string();
      } else {
        EXPECT_THAT(told, ElementsAre(until)) << address.to_string();
      }
    }
  }
}

}  // namespace
}  // namespace gatepost
