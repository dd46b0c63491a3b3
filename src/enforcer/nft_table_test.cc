// The real kernel and the real nft, in a network namespace of the test's own.
#include "enforcer/nft_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "enforcer/testing/own_network.h"

namespace gatepost {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Network net(std::string_view text) { return *Network::parse(text); }

WallTime now() {
  return std::chrono::time_point_cast<Duration>(WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())));
}

class NftTableTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!in_own_network()) GTEST_SKIP() << (kOwnNetwork + " is not there");
    table = std::make_unique<NftTable>([this](const std::string& line) { log += line + "\n"; });
    ASSERT_TRUE(table->make(options).ok()) << log;
  }

  // What a gate does when it is asked for all.
  void fill(const std::vector<KernelBan>& bans, const std::vector<Network>& excepted = {}) {
    table->begin();
    for (const auto& ban : bans) EXPECT_EQ(table->add(ban, now()), Refusal::none);
    ASSERT_EQ(table->commit(excepted, now()), Refusal::none) << log;
  }

  KernelBan an_hour(std::string_view network, BanScope scope = BanScope::mail) {
    return {net(network), scope, now() + std::chrono::hours(1) + std::chrono::seconds(30)};
  }

  std::string set(const std::string& name) {
    return run_command("nft list set inet gatepost " + name);
  }

  bool held(std::string_view network) { return table->held(net(network), now()).has_value(); }

  NftTableOptions options{"gatepost", {{25}, {587}}, {net("127.0.0.0/8"), net("10.9.0.0/16")}};
  std::string log;
  std::unique_ptr<NftTable> table;
};

TEST_F(NftTableTest, HoldsWhatASnapshotSaid) {
  EXPECT_TRUE(table->state(now()).wants_all);
  fill({an_hour("192.0.2.7"), an_hour("2001:db8:1:2::/64", BanScope::every),
        an_hour("198.51.100.0/24")},
       {net("198.51.100.25")});
  EXPECT_FALSE(table->state(now()).wants_all);
  EXPECT_EQ(table->state(now()).bans, 3);
  EXPECT_THAT(set("mail4"), HasSubstr("192.0.2.7 timeout 1h"));
  EXPECT_THAT(set("every6"), HasSubstr("2001:db8:1:2:: timeout 1h"));
  EXPECT_THAT(set("mail_networks4"), HasSubstr("198.51.100.0/24 timeout 1h"));
  EXPECT_THAT(set("spared4"), AllOf(HasSubstr("198.51.100.25"), HasSubstr("127.0.0.0/8")));
  EXPECT_TRUE(held("192.0.2.7"));
  EXPECT_FALSE(held("192.0.2.8"));
  EXPECT_EQ(table->held(net("2001:db8:1:2::/64"), now())->scope, BanScope::every);
}

TEST_F(NftTableTest, ASecondSnapshotReplacesTheFirst) {
  fill({an_hour("192.0.2.7"), an_hour("198.51.100.0/24")});
  fill({an_hour("192.0.2.8")});
  EXPECT_FALSE(held("192.0.2.7"));
  EXPECT_FALSE(held("198.51.100.0/24"));
  EXPECT_TRUE(held("192.0.2.8"));
  EXPECT_EQ(table->state(now()).bans, 1);
}

TEST_F(NftTableTest, ALaterWordOfAClientIsWhatCounts) {
  fill({an_hour("192.0.2.7")});
  auto longer = an_hour("192.0.2.7", BanScope::every);
  longer.until += std::chrono::hours(5);
  EXPECT_EQ(table->ban(longer, now()), Refusal::none) << log;
  EXPECT_THAT(set("mail4"), Not(HasSubstr("192.0.2.7")));
  EXPECT_THAT(set("every4"), HasSubstr("192.0.2.7 timeout 6h"));
  EXPECT_EQ(table->ban(an_hour("192.0.2.7", BanScope::every), now()), Refusal::none) << log;
  EXPECT_THAT(set("every4"), HasSubstr("192.0.2.7 timeout 1h"));
  EXPECT_EQ(table->state(now()).bans, 1);
  EXPECT_EQ(table->lift(net("192.0.2.7"), now()), Refusal::none) << log;
  EXPECT_FALSE(held("192.0.2.7"));
  EXPECT_EQ(table->lift(net("192.0.2.7"), now()), Refusal::none) << "not banned any more";
  EXPECT_EQ(table->state(now()).bans, 0);
  EXPECT_EQ(table->state(now()).repaired, 0) << log;
}

TEST_F(NftTableTest, WhatIsOverIsNotPutInAndEndsByItself) {
  fill({{net("192.0.2.7"), BanScope::mail, now() - Duration(1)},
        {net("192.0.2.8"), BanScope::mail, now() + std::chrono::milliseconds(1500)}});
  EXPECT_FALSE(held("192.0.2.7"));
  EXPECT_TRUE(held("192.0.2.8"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1600));
  EXPECT_FALSE(held("192.0.2.8"));
}

TEST_F(NftTableTest, NetworksMayLieInOneAnother) {
  auto inner = an_hour("198.51.100.0/25");
  inner.until += std::chrono::hours(1);
  fill({an_hour("198.51.0.0/16")});
  EXPECT_EQ(table->ban(inner, now()), Refusal::none);
  EXPECT_EQ(table->settle(now()), Refusal::none) << log;
  EXPECT_THAT(set("mail_networks4"),
              AllOf(HasSubstr("198.51.0.0-198.51.99.255"), HasSubstr("198.51.100.0/25 timeout 2h"),
                    HasSubstr("198.51.100.128-198.51.255.255")));
  EXPECT_EQ(table->lift(net("198.51.0.0/16"), now()), Refusal::none);
  EXPECT_EQ(table->settle(now()), Refusal::none) << log;
  EXPECT_TRUE(held("198.51.100.0/25"));
  EXPECT_THAT(set("mail_networks4"), Not(HasSubstr("198.51.0.0")));
}

TEST_F(NftTableTest, EvenAllAddressesAreANetwork) {
  fill({an_hour("0.0.0.0/0"), an_hour("::/0", BanScope::every)}, {net("0.0.0.0/0"), net("::/0")});
  EXPECT_THAT(set("mail_networks4"), HasSubstr("255.255.255.255"));
  table->look(now());
  EXPECT_EQ(table->state(now()).repaired, 0) << log;
}

TEST_F(NftTableTest, AnotherTakesOverWhatIsThere) {
  fill({an_hour("192.0.2.7")});
  NftTable second([](const std::string&) {});
  ASSERT_TRUE(second.make(options).ok());
  EXPECT_TRUE(second.held(net("192.0.2.7"), now()));
  EXPECT_TRUE(second.state(now()).wants_all);
}

TEST_F(NftTableTest, OtherPortsMakeOtherRules) {
  fill({an_hour("192.0.2.7")});
  options.ports = {{25, 2525}, {}};
  ASSERT_TRUE(table->make(options).ok()) << log;
  EXPECT_THAT(run_command("nft list chain inet gatepost gate"),
              AllOf(HasSubstr("tcp dport 2525 goto mail"), Not(HasSubstr("587"))));
  EXPECT_TRUE(held("192.0.2.7"));
}

// The word behind each is what somebody does by hand.
class ByHand : public NftTableTest, public testing::WithParamInterface<const char*> {};

TEST_P(ByHand, IsNoticedAndPutBack) {
  fill({an_hour("192.0.2.7"), an_hour("198.51.100.0/24")});
  table->look(now());
  ASSERT_EQ(table->state(now()).repaired, 0) << log;
  run_command(std::string("nft '") + GetParam() + "'");
  table->look(now());
  EXPECT_EQ(table->state(now()).repaired, 1);
  EXPECT_TRUE(table->state(now()).wants_all);
  fill({an_hour("192.0.2.7"), an_hour("198.51.100.0/24")});
  table->look(now());
  EXPECT_EQ(table->state(now()).repaired, 1) << log;
  EXPECT_EQ(table->state(now()).trouble, Refusal::none);
  EXPECT_TRUE(held("192.0.2.7"));
  EXPECT_TRUE(held("198.51.100.0/24"));
  EXPECT_THAT(run_command("nft list chain inet gatepost gate"),
              HasSubstr("tcp dport 25 goto mail"));
}

INSTANTIATE_TEST_SUITE_P(
    NftTable, ByHand,
    testing::Values(
        "flush ruleset", "delete table inet gatepost",
        "delete table inet gatepost; add table inet gatepost", "flush set inet gatepost mail4",
        "flush set inet gatepost mail_networks4",
        "delete element inet gatepost mail4 { 192.0.2.7 }",
        "add element inet gatepost mail4 { 192.0.2.9 }", "flush chain inet gatepost gate",
        "flush chain inet gatepost mail", "insert rule inet gatepost mail accept",
        "add chain inet gatepost other { type filter hook input priority 0; policy drop; }",
        "add table inet gatepost { flags dormant; }",
        "flush chain inet gatepost gate; flush chain inet gatepost mail; flush chain inet "
        "gatepost login; delete chain inet gatepost login"));

TEST_F(NftTableTest, OthersTablesAreTheirOwn) {
  fill({an_hour("192.0.2.7")});
  run_command(
      "nft add table inet filter; nft add set inet filter mail4 '{ type ipv4_addr; }';"
      "nft add element inet filter mail4 '{ 192.0.2.7 }'; nft add table ip gatepost_x;"
      "nft delete table inet filter");
  table->look(now());
  EXPECT_EQ(table->state(now()).repaired, 0) << log;
}

TEST_F(NftTableTest, IsTakenAwayWhenAskedTo) {
  ASSERT_TRUE(NftTable::remove("gatepost").ok());
  EXPECT_THAT(run_command("nft list ruleset"), Not(HasSubstr("gatepost")));
  EXPECT_TRUE(NftTable::remove("gatepost").ok());
}

// Whatever it is named, what others made stays.
TEST_F(NftTableTest, SomebodyElsesTableIsNeverDeleted) {
  const std::string theirs =
      "{ set mail4 { type ipv4_addr; }; chain input { type filter hook input priority 0; }; }";
  run_command("nft 'table inet corp " + theirs + "'");
  run_command("nft 'table inet gatepost_x_shape " + theirs + "'");
  const auto before = run_command("nft list table inet corp");
  EXPECT_FALSE(NftTable::remove("corp").ok());
  auto other = options;
  other.name = "corp";
  const auto outcome = table->make(other);
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error(), HasSubstr("somebody else's"));
  table->look(now());  // as often as it likes
  EXPECT_EQ(run_command("nft list table inet corp"), before);
  other.name = "gatepost_x";
  EXPECT_FALSE(table->make(other).ok());
  run_command("nft list chain inet gatepost_x_shape input");
}

TEST_F(NftTableTest, WhoIsNeverBannedChangesAlone) {
  fill({an_hour("192.0.2.7")}, {net("198.51.100.25")});
  ASSERT_TRUE(table->spare_always({net("10.8.0.0/16")}).ok()) << log;
  EXPECT_THAT(set("spared4"), AllOf(HasSubstr("10.8.0.0/16"), HasSubstr("198.51.100.25"),
                                    Not(HasSubstr("10.9.0.0/16"))));
  EXPECT_TRUE(held("192.0.2.7"));
  table->look(now());
  EXPECT_FALSE(table->wants_all());
  EXPECT_EQ(table->state(now()).repaired, 0) << log;
}

TEST_F(NftTableTest, NetworksThatAreOverMakeRoom) {
  const auto soon = now() + std::chrono::milliseconds(700);
  table->begin();
  for (std::uint32_t i = 0; i < kNetworksMax; ++i)
    ASSERT_EQ(table->add({Network(Address::v4(0x0b000000 + 256 * i), 24), BanScope::mail, soon},
                         soon - Duration(1)),
              Refusal::none);
  ASSERT_EQ(table->commit({}, soon - Duration(1)), Refusal::none) << log;
  EXPECT_EQ(table->ban(an_hour("198.51.100.0/24"), soon - Duration(1)), Refusal::full);
  EXPECT_EQ(table->ban(an_hour("198.51.100.0/24"), soon), Refusal::none);
  EXPECT_EQ(table->settle(now()), Refusal::none) << log;
  EXPECT_EQ(table->state(now()).bans, 1);
}

}  // namespace
}  // namespace gatepost
