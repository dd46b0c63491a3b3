// Tests of gate/bans: which bans follow from what is remembered, and networks without parts of
// them.
#include "gate/bans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "gate/scratch_ledger.h"
#include "gate/welcome.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = wall_time(1'800'000'000'000);

Network network(std::string_view text) { return Network::parse(text).value(); }
ClientKey client(std::string_view text) { return ClientKey(Address::parse(text).value()); }

std::vector<Network> networks(const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  for (const auto& text : texts) networks.push_back(network(text));
  return networks;
}

std::vector<std::string> texts_of(const std::vector<Network>& networks) {
  std::vector<std::string> texts;
  for (const auto& network : networks) texts.push_back(network.to_string());
  return texts;
}

// A ledger with exceptions, banned networks and a few clients.
class SmallLedger : public ScratchLedger {
 public:
  SmallLedger() : ScratchLedger(nullptr) {}

  std::vector<Exception> exceptions() const override { return excepted; }
  std::optional<Exception> exception_for(const Address& address) const override {
    std::optional<Exception> nearest;
    for (const auto& exception : excepted) {
      const auto& whom = std::get<Network>(exception.whom);
      if (!whom.contains(address)) continue;
      if (!nearest || std::get<Network>(nearest->whom).prefix_bits() < whom.prefix_bits())
        nearest = exception;
    }
    return nearest;
  }
  std::vector<NetworkBan> network_bans() const override { return banned; }
  std::optional<NetworkBan> network_ban_for(const Address& address, WallTime) const override {
    for (const auto& ban : banned) {
      if (ban.network.contains(address)) return ban;
    }
    return std::nullopt;
  }
  void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const override {
    for (const auto& [key, record] : clients) {
      if (!visit(key, record)) return;
    }
  }

  void except(std::string_view text) { excepted.push_back({network(text), "", kNow}); }

  std::vector<Exception> excepted;
  std::vector<NetworkBan> banned;
  std::map<ClientKey, Record> clients;
};

Sentence sentence_of(Duration length, CheckName reason = CheckName::trap) {
  return {kNow - 1min, kNow - 1min + length, length, 4, 2, reason, "X-1"};
}

class BanOf : public testing::Test {
 protected:
  BanOf() { settings_.mode = Mode::enforce; }

  std::optional<Ban> ban(const Sentence& sentence, std::string_view who = "192.0.2.7") const {
    Record record;
    record.sentence = sentence;
    return ban_of(client(who), record, settings_, ledger_, kNow);
  }
  void treat(CheckName check, Treatment treatment) {
    settings_.checks.treatments[check] = {treatment, 0};
  }
  std::vector<std::string> all(bool observed = false) const {
    std::vector<std::string> all;
    for_each_ban(
        settings_, ledger_, kNow,
        [&](const Ban& ban) {
          all.push_back(ban.network.to_string());
          return true;
        },
        observed);
    return all;
  }

  Settings settings_;
  SmallLedger ledger_;
};

TEST_F(BanOf, ALongSentenceSaysAllOfIt) {
  const auto sentence = sentence_of(12min);
  EXPECT_EQ(ban(sentence), (Ban{network("192.0.2.7"), BanScope::mail, sentence.from, sentence.until,
                                CheckName::trap, "X-1", ""}));
  EXPECT_EQ(ban(sentence, "2001:db8:1:2:3::9").value().network, network("2001:db8:1:2::/64"));
}

TEST_F(BanOf, AShortSentenceIsNone) {
  EXPECT_FALSE(ban(sentence_of(10min)));
  settings_.enforce.after = 5min;
  EXPECT_TRUE(ban(sentence_of(10min)));
}

TEST_F(BanOf, WhatIsForTheFirewallMayBeShort) {
  EXPECT_FALSE(ban(sentence_of(5min, CheckName::pregreet)));
  treat(CheckName::pregreet, Treatment::firewall);
  EXPECT_TRUE(ban(sentence_of(5min, CheckName::pregreet)));
  EXPECT_FALSE(ban(sentence_of(5min, CheckName::trap)));
  treat(CheckName::jail, Treatment::firewall);
  EXPECT_TRUE(ban(sentence_of(5min, CheckName::trap)));
}

TEST_F(BanOf, NoSentenceThatIsNotServed) {
  auto over = sentence_of(12min);
  over.until = kNow;  // as by a release
  EXPECT_FALSE(ban(over));
  auto ahead = sentence_of(12min);
  ahead.from = kNow + 1s;
  EXPECT_FALSE(ban(ahead));
  EXPECT_FALSE(ban({}));
}

TEST_F(BanOf, HoldsAtTheUsersDoorsOnlyForWhatCountsThere) {
  const auto scope = [&](CheckName reason) { return ban(sentence_of(1h, reason)).value().scope; };
  EXPECT_EQ(scope(CheckName::trap), BanScope::mail);
  EXPECT_EQ(scope(CheckName::unknown_users), BanScope::mail);
  EXPECT_EQ(scope(CheckName::password), BanScope::every);
  EXPECT_EQ(scope(CheckName::operator_), BanScope::every);
}

TEST_F(BanOf, NobodyWhereNobodyIsJailed) {
  for (const auto treatment : {Treatment::off, Treatment::note}) {
    treat(CheckName::jail, treatment);
    EXPECT_FALSE(ban(sentence_of(12min)));
  }
  treat(CheckName::jail, Treatment::tempfail);
  EXPECT_TRUE(ban(sentence_of(12min)));
}

TEST_F(BanOf, NeverTheTrusted) {
  settings_.trusted = {network("192.0.2.0/24")};
  EXPECT_FALSE(ban(sentence_of(12min)));
  EXPECT_TRUE(ban(sentence_of(12min), "198.51.100.1"));
}

TEST_F(BanOf, NeverTheExcepted) {
  settings_.exceptions.networks = {network("198.51.100.0/24")};
  ledger_.except("192.0.2.7");
  EXPECT_FALSE(ban(sentence_of(12min), "198.51.100.1"));
  EXPECT_FALSE(ban(sentence_of(12min)));
  EXPECT_TRUE(ban(sentence_of(12min), "192.0.2.8"));
}

// The rest of a /64 of which one address is spared is banned: the enforcers leave that out.
TEST_F(BanOf, AnExceptedAddressSparesNotAllOfItsNeighbours) {
  constexpr auto kWho = "2001:db8:1:2::9";
  ledger_.except("2001:db8:1:2::");
  settings_.trusted = {network("2001:db8:1:2::1")};
  settings_.own_addresses = {*Address::parse("2001:db8:1:2::2")};
  EXPECT_TRUE(ban(sentence_of(12min), kWho));
  ledger_.except("2001:db8:1::/48");
  EXPECT_FALSE(ban(sentence_of(12min), kWho));
}

TEST_F(BanOf, NeverOurOwnUnlessOnTrial) {
  settings_.own_addresses = {*Address::parse("192.0.2.7")};
  EXPECT_FALSE(ban(sentence_of(12min)));
  settings_.trial = true;
  EXPECT_TRUE(ban(sentence_of(12min)));
}

TEST_F(BanOf, NoNetworkThatIsAnAddressOfOurs) {
  settings_.own_addresses = {*Address::parse("192.0.2.7"), *Address::parse("2001:db8::1")};
  ledger_.banned = {{network("192.0.2.7"), kNow - 1h, kNow + 1h, "operator", ""},
                    {network("2001:db8::1"), kNow - 1h, kNow + 1h, "operator", ""},
                    {network("192.0.2.0/24"), kNow - 1h, kNow + 1h, "operator", ""}};
  EXPECT_EQ(all(), std::vector<std::string>{"192.0.2.0/24"});
}

TEST_F(BanOf, ASentenceLeadsOutsideWhereItIsLongOrForTheFirewall) {
  EXPECT_TRUE(leads_outside(settings_, sentence_of(12min)));
  EXPECT_FALSE(leads_outside(settings_, sentence_of(10min)));
  treat(CheckName::trap, Treatment::firewall);
  EXPECT_TRUE(leads_outside(settings_, sentence_of(10min)));
}

// At the users' door a trap says nothing, and a banned network does.
TEST_F(BanOf, ASentenceThatSaysNothingHidesNoNetwork) {
  ledger_.banned = {{network("192.0.2.0/24"), kNow - 1h, kNow + 1h, "operator", ""}};
  Record record;
  const auto reason = [&](Purpose purpose) {
    const Newcomer who{*Address::parse("192.0.2.7"), purpose};
    return counting_sentence(who, settings_, ledger_, record, kNow).reason;
  };
  record.sentence = sentence_of(2h, CheckName::trap);
  EXPECT_EQ(reason(Purpose::mx), CheckName::trap);
  EXPECT_EQ(reason(Purpose::submission), CheckName::operator_);
  record.sentence = sentence_of(2h, CheckName::password);
  EXPECT_EQ(reason(Purpose::submission), CheckName::password);
}

TEST_F(BanOf, ByHandKeepsTheRemark) {
  Record record;
  record.sentence = sentence_of(1h, CheckName::operator_);
  record.note = "asked for it";
  const auto key = client("192.0.2.7");
  EXPECT_EQ(ban_of(key, record, settings_, ledger_, kNow).value().remark, "asked for it");
  record.sentence.reason = CheckName::trap;
  EXPECT_EQ(ban_of(key, record, settings_, ledger_, kNow).value().remark, "");
}

TEST_F(BanOf, NobodyInModeObserveButAsWhatWouldBe) {
  const auto key = client("192.0.2.7");
  auto& record = ledger_.clients[key];
  record.sentence = sentence_of(12min);
  settings_.mode = Mode::observe;
  EXPECT_FALSE(ban_of(key, record, settings_, ledger_, kNow));
  EXPECT_FALSE(ban_of(key, record, settings_, ledger_, kNow, true));
  record.observed_sentence = sentence_of(13min);
  EXPECT_FALSE(ban_of(key, record, settings_, ledger_, kNow));
  EXPECT_EQ(all(), std::vector<std::string>());
  EXPECT_EQ(ban_of(key, record, settings_, ledger_, kNow, true).value().until, kNow + 12min);
  EXPECT_EQ(all(true), std::vector<std::string>{"192.0.2.7"});
}

TEST_F(BanOf, ANetworkOfAListSaysWhoseItIs) {
  NetworkBan banned{network("198.51.100.0/24"), kNow - 1h, kNow + 1h, "/etc/drop.txt", "SBL1"};
  const auto ban = ban_of(banned);
  EXPECT_EQ(ban, (Ban{banned.network, BanScope::every, banned.added, banned.until,
                      CheckName::operator_, "net-c6336400-24", "/etc/drop.txt"}));
  banned.source = "operator";
  EXPECT_EQ(ban_of(banned).remark, "SBL1");
}

TEST_F(BanOf, AllAreNetworksInForceAndThenClients) {
  ledger_.clients[client("192.0.2.7")].sentence = sentence_of(12min);
  ledger_.clients[client("192.0.2.8")].sentence = sentence_of(5min);
  ledger_.clients[client("192.0.2.9")].sentence = sentence_of(13min);
  ledger_.banned = {
      {network("198.51.100.0/25"), kNow - 1h, kNow, "operator", ""},
      {network("198.51.100.0/24"), kNow - 1h, kNow + 1h, "operator", ""},
      {network("203.0.113.0/24"), kNow - 1h, kNow + 1h, "operator", ""},
  };
  settings_.trusted = {network("203.0.0.0/16")};
  EXPECT_EQ(all(), (std::vector<std::string>{"198.51.100.0/24", "192.0.2.7", "192.0.2.9"}));
}

TEST_F(BanOf, AllStopWhenTheyAreToldTo) {
  ledger_.clients[client("192.0.2.7")].sentence = sentence_of(12min);
  ledger_.clients[client("192.0.2.9")].sentence = sentence_of(13min);
  int visited = 0;
  for_each_ban(settings_, ledger_, kNow, [&](const Ban&) { return ++visited < 1; });
  EXPECT_EQ(visited, 1);
}

TEST_F(BanOf, NeverBannedAreTrustedExceptedAndOurs) {
  settings_.trusted = networks({"127.0.0.1", "::1"});
  settings_.exceptions.networks = networks({"198.51.100.0/24", "127.0.0.1"});
  settings_.own_addresses = {*Address::parse("192.0.2.1"), *Address::parse("2001:db8::1")};
  ledger_.except("203.0.113.0/24");
  ledger_.excepted.push_back({ExceptedDomain{"example.org"}, "", kNow});
  EXPECT_EQ(never_banned(settings_, ledger_),
            networks({"::1", "127.0.0.1", "192.0.2.1", "198.51.100.0/24", "203.0.113.0/24",
                      "2001:db8::1"}));
  settings_.trial = true;
  EXPECT_EQ(never_banned(settings_, ledger_),
            networks({"::1", "127.0.0.1", "198.51.100.0/24", "203.0.113.0/24"}));
}

std::vector<std::string> left_of(std::string_view text, const std::vector<std::string>& spared) {
  return texts_of(without(network(text), networks(spared), 200).value());
}

using Texts = std::vector<std::string>;

TEST(Without, NothingLeavesItWhole) {
  EXPECT_EQ(left_of("192.0.2.0/24", {}), Texts{"192.0.2.0/24"});
  EXPECT_EQ(left_of("192.0.2.0/24", {"198.51.100.0/24", "::/0"}), Texts{"192.0.2.0/24"});
}

TEST(Without, ItselfOrMoreLeavesNothing) {
  EXPECT_EQ(left_of("192.0.2.0/24", {"192.0.2.0/24"}), Texts{});
  EXPECT_EQ(left_of("192.0.2.0/24", {"0.0.0.0/0"}), Texts{});
  EXPECT_EQ(left_of("192.0.2.0/24", {"192.0.2.128/25", "192.0.2.0/25"}), Texts{});
}

TEST(Without, AnAddressLeavesABlockOfEachLength) {
  EXPECT_EQ(left_of("192.0.2.0/29", {"192.0.2.1"}),
            (Texts{"192.0.2.0", "192.0.2.2/31", "192.0.2.4/30"}));
  EXPECT_EQ(left_of("2001:db8:1:2::/64", {"2001:db8:1:2::1"}).size(), 64u);
}

TEST(Without, EveryIpv6AddressIsNoneOfIpv4) {
  const auto left = left_of("::/0", {"::fffe:0:0/96"});
  EXPECT_EQ(std::count(left.begin(), left.end(), "0.0.0.0/0"), 0);
  EXPECT_EQ(left.size(), 95u);
}

TEST(Without, GivesUpWhereThatIsTooMany) {
  EXPECT_FALSE(without(network("10.0.0.0/8"), networks({"10.1.2.3"}), 23));
  EXPECT_TRUE(without(network("10.0.0.0/8"), networks({"10.1.2.3"}), 24));
}

// Against each address of a small world asked one by one.
class WithoutAtRandom : public testing::TestWithParam<unsigned> {};

Network random_network(std::mt19937& random, bool v4, unsigned bits_min) {
  const unsigned whole = v4 ? 32 : 128;
  const unsigned bits = bits_min + static_cast<unsigned>(random()) % (whole - bits_min + 1);
  auto bytes = v4 ? Address::v4(0xc0000200).bytes() : Address::parse("2001:db8::").value().bytes();
  bytes[15] = static_cast<std::uint8_t>(random());
  return {Address::from_bytes(bytes), bits};
}

TEST_P(WithoutAtRandom, HoldsExactlyWhatIsInTheNetworkAndNotSpared) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  std::mt19937 random(GetParam());
  const bool v4 = random() % 2 == 0;
  const unsigned bits_min = v4 ? 24 : 120;
  const auto whole = random_network(random, v4, bits_min);
  std::vector<Network> spared;
  for (auto i = random() % 12; i > 0; --i) spared.push_back(random_network(random, v4, bits_min));
  const auto left = without(whole, spared, 256).value();

  EXPECT_TRUE(std::is_sorted(left.begin(), left.end()));
  auto bytes = whole.base().bytes();
  for (unsigned last = 0; last < 256; ++last) {
    bytes[15] = static_cast<std::uint8_t>(last);
    const auto address = Address::from_bytes(bytes);
    const auto holders = std::count_if(left.begin(), left.end(), [&](const Network& network) {
      return network.contains(address);
    });
    EXPECT_EQ(holders, whole.contains(address) && !contains(spared, address) ? 1 : 0)
        << address.to_string();
  }
  // No two are halves of one: as few as that makes.
  for (std::size_t i = 1; i < left.size(); ++i) {
    if (left[i - 1].prefix_bits() != left[i].prefix_bits()) continue;
    const Network both(left[i].base(), left[i].prefix_bits() - 1);
    EXPECT_FALSE(both.contains(left[i - 1].base())) << both.to_string();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WithoutAtRandom, testing::Range(0u, 500u));

}  // namespace
}  // namespace gatepost
