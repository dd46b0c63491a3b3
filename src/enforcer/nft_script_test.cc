// What nft is told: stretches of addresses that never overlap, and words in its language.
#include "enforcer/nft_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto kNow = wall_time(1'790'000'000'000);

Network net(std::string_view text) { return *Network::parse(text); }

KernelBan hours(std::string_view network, int count) {
  return {net(network), BanScope::mail, kNow + std::chrono::hours(count)};
}

std::vector<std::string> said(std::vector<KernelBan> bans, bool v4 = true) {
  std::vector<std::string> all;
  for (const auto& one : stretches_of(std::move(bans), v4)) all.push_back(element(one, kNow));
  return all;
}

constexpr const char* kEnd = "255.255.255.254";

TEST(Stretches, OfNetworksApartAreTheNetworks) {
  EXPECT_THAT(said({hours("198.51.100.0/24", 1), hours("192.0.2.0/25", 2)}),
              ElementsAre("192.0.2.0-192.0.2.127 timeout 7200s0ms",
                          "198.51.100.0-198.51.100.255 timeout 3600s0ms", kEnd));
}

TEST(Stretches, OneThatEndsFirstIsLostInWhatIsAroundIt) {
  EXPECT_THAT(said({hours("10.0.0.0/8", 2), hours("10.1.0.0/16", 1), hours("10.2.0.0/16", 2)}),
              ElementsAre("10.0.0.0-10.255.255.255 timeout 7200s0ms", kEnd));
}

TEST(Stretches, OneThatEndsLastParts) {
  EXPECT_THAT(said({hours("10.0.0.0/8", 1), hours("10.1.0.0/16", 3), hours("10.1.2.0/24", 2)}),
              ElementsAre("10.0.0.0-10.0.255.255 timeout 3600s0ms",
                          "10.1.0.0-10.1.255.255 timeout 10800s0ms",
                          "10.2.0.0-10.255.255.255 timeout 3600s0ms", kEnd));
}

TEST(Stretches, AtTheEdgesNothingIsLeftOver) {
  EXPECT_THAT(said({hours("10.0.0.0/8", 1), hours("10.0.0.0/16", 2), hours("10.255.0.0/16", 3)}),
              ElementsAre("10.0.0.0-10.0.255.255 timeout 7200s0ms",
                          "10.1.0.0-10.254.255.255 timeout 3600s0ms",
                          "10.255.0.0-10.255.255.255 timeout 10800s0ms", kEnd));
}

TEST(Stretches, OfAllAddressesLeaveOutTheSentinel) {
  EXPECT_THAT(said({hours("0.0.0.0/0", 1)}), ElementsAre("0.0.0.0-255.255.255.253 timeout 3600s0ms",
                                                         kEnd, "255.255.255.255 timeout 3600s0ms"));
  EXPECT_THAT(said({hours("::/0", 1)}, false),
              ElementsAre("::-ff01:ffff:ffff:ffff:ffff:ffff:ffff:ffff timeout 3600s0ms", "ff02::",
                          "ff02::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff timeout 3600s0ms"));
}

// Against the slow and simple way, for all addresses of a small space.
TEST(Stretches, GiveEachAddressTheLatestEndOfAllThatHoldIt) {
  unsigned seed = 1;
  const auto random = [&](unsigned below) {
    return (seed = seed * 1'103'515'245 + 12'345) / 65'536 % below;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<KernelBan> bans;
    for (unsigned i = random(8); i > 0; --i) {
      const unsigned bits = 26 + random(7);
      bans.push_back({Network(Address::v4(0x0a000000 + random(64)), bits), BanScope::mail,
                      kNow + std::chrono::hours(1 + random(5))});
    }
    const auto stretches = stretches_of(bans, true);
    for (unsigned i = 0; i < 64; ++i) {
      const auto address = Address::v4(0x0a000000 + i);
      auto wanted = kNever;
      for (const auto& ban : bans) {
        if (ban.network.contains(address)) wanted = std::max(wanted, ban.until);
      }
      auto got = kNever;
      int holding = 0;
      for (const auto& stretch : stretches) {
        if (address < stretch.first || stretch.last < address) continue;
        got = stretch.until;
        ++holding;
      }
      ASSERT_EQ(got, wanted) << "round " << round << " address " << i;
      ASSERT_LE(holding, 1);
    }
  }
}

TEST(Elements, TellTheTimeThatIsLeft) {
  const auto client = *Address::parse("192.0.2.7");
  EXPECT_EQ(element(client, kNow + Duration(12'345), kNow), "192.0.2.7 timeout 12s345ms");
  EXPECT_EQ(element(client, kNow, kNow), "");
  EXPECT_EQ(element(client, WallTime::max(), kNow), "192.0.2.7 timeout 86400000s0ms");
}

TEST(Table, DropsAtDoorsPortsAndNowhereElse) {
  const auto script = make_table("inet gatepost", {{25, 2525}, {587}});
  EXPECT_THAT(script, HasSubstr("gate tcp dport 25 goto mail\n"));
  EXPECT_THAT(script, HasSubstr("gate tcp dport 2525 goto mail\n"));
  EXPECT_THAT(script, HasSubstr("gate tcp dport 587 goto login\n"));
  EXPECT_THAT(script, HasSubstr("policy accept"));
  EXPECT_THAT(script, Not(HasSubstr("rule inet gatepost gate ip")));
  EXPECT_THAT(script, Not(HasSubstr("login ip saddr @mail")));
}

}  // namespace
}  // namespace gatepost
