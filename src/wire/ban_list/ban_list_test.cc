// Tests of wire/ban_list/ban_list.h: lists as they are found.
#include "wire/ban_list/ban_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "wire/ban_list/listed_network.h"

namespace gatepost {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum BanListFormat;
using std::chrono::minutes;

constexpr WallTime kNow = wall_time(1'795'355'280'000);  // 2026-11-22T13:48:00Z

// The networks of all lines, and what was wrong with some of them.
struct Read {
  std::vector<std::string> networks;
  std::vector<std::string> faults;
  std::vector<ListedBan> bans;
};

Read read(BanListFormat format, std::string_view list) {
  BanListReader reader(format, kNow);
  Read read;
  const auto lines = split(list, '\n');
  for (std::size_t i = 0; i <= lines.size(); ++i) {
    auto entries = i < lines.size() ? reader.read(lines[i]) : reader.finish();
    if (!entries) read.faults.push_back(entries.error());
    if (!entries) continue;
    for (auto& ban : *entries) {
      read.networks.push_back(ban.network.to_string());
      read.bans.push_back(std::move(ban));
    }
  }
  return read;
}

TEST(BanList, NamesOfFormats) {
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft, drop}) {
    EXPECT_EQ(parse_ban_list_format(to_string(format)), format);
  }
  EXPECT_EQ(parse_ban_list_format("hosts.deny"), hosts_deny);
  EXPECT_EQ(parse_ban_list_format("xml"), std::nullopt);
}

TEST(BanList, PlainAddressesNetworksAndRanges) {
  const auto list = read(plain,
                         "# a list\r\n192.0.2.7\r\n\n198.51.100.0/24 # 1 of 2\n"
                         "2001:db8::/32\n203.0.113.6-203.0.113.9\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "198.51.100.0/24", "2001:db8::/32",
                                         "203.0.113.6/31", "203.0.113.8/31"));
  EXPECT_THAT(list.faults, IsEmpty());
  EXPECT_EQ(list.bans[1].reason, "1 of 2");
}

TEST(BanList, WhatIsWrongIsTold) {
  const auto list = read(plain, "mail.example.net\n192.0.2.7/24\n192.0.2.7 spam\n192.0.2.9\x01\n");
  EXPECT_THAT(list.networks, IsEmpty());
  EXPECT_THAT(list.faults,
              ElementsAre("\"mail.example.net\" is no address or network",
                          "192.0.2.7/24: bits behind the prefix are set; is 192.0.2.0/24 meant?",
                          "expected one address or network on a line",
                          "\"192.0.2.9\\x01\" is no address or network"));
}

TEST(BanList, DropAsTextAndAsJson) {
  const auto list = read(drop,
                         "; Spamhaus DROP List 2026/11/22\n192.0.2.0/24 ; SBL1\n"
                         "{\"cidr\":\"198.51.100.0/24\",\"sblid\":\"SBL2\",\"rir\":\"ripencc\"}\n"
                         "{\"type\":\"metadata\",\"timestamp\":1795354200,\"records\":2}\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.0/24", "198.51.100.0/24"));
  EXPECT_EQ(list.bans[0].reason, "SBL1");
  EXPECT_EQ(list.bans[1].reason, "SBL2");
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, ExportedRecordsAsCsv) {
  const auto list = read(
      csv,
      "address,state,ham,spam,missed_spam,score,passed,first_seen,last_seen,last_passed,strikes,"
      "until,reason,note\n"
      "192.0.2.7,jailed,0,3,0,-3,0,1,2,,1,1795358880,\"wrote to the trap \"\"a, b\"\"\",\"\"\n"
      "192.0.2.8,good,3,0,0,3,3,1,2,3,0,,\"\",\"\"\n"
      "2001:db8::/64,blocked,0,3,0,-3,0,1,2,,1,,\"'=1+1\",\"\"\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "2001:db8::/64"));
  EXPECT_EQ(list.bans[0].reason, "wrote to the trap \"a, b\"");
  EXPECT_EQ(list.bans[0].until, kNow + minutes(60));
  EXPECT_EQ(list.bans[1].reason, "=1+1");
  EXPECT_EQ(list.bans[1].until, std::nullopt);
}

TEST(BanList, CsvWithoutAHeading) {
  EXPECT_THAT(read(csv, "192.0.2.7,spammer\n192.0.2.8,spammer\n").networks,
              ElementsAre("192.0.2.7", "192.0.2.8"));
  EXPECT_THAT(read(csv, "name,age\n").faults, ElementsAre(HasSubstr("names of columns")));
}

TEST(BanList, ExportedRecordsAsJson) {
  const auto list =
      read(json, R"({"address":"192.0.2.7","state":"jailed","until":1795358880.5,"reason":"trap"})"
                 "\n"
                 R"({"address":"192.0.2.8","state":"unknown"})"
                 "\n"
                 R"({"network":"2001:db8::/32","until":"2026-11-22T14:48:00Z"})"
                 "\n"
                 R"({"bans":["192.0.2.10",{"network":"192.0.2.12"}]})"
                 "\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "2001:db8::/32", "192.0.2.10", "192.0.2.12"));
  EXPECT_EQ(list.bans[0].until, kNow + minutes(60) + Duration(500));
  EXPECT_EQ(list.bans[1].until, kNow + minutes(60));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, JsonThatIsNone) {
  EXPECT_THAT(read(json, "{\"address\":\n").faults, ElementsAre(HasSubstr("no JSON")));
  EXPECT_THAT(read(json, "{\"addr\":\"192.0.2.7\"}\n").faults,
              ElementsAre(HasSubstr("expected \"address\"")));
  EXPECT_THAT(read(json, "[[]]\n17\n").faults.size(), 2);
  EXPECT_THAT(read(json, R"({"address":"192.0.2.7","until":1e300})").faults,
              ElementsAre(HasSubstr("no time")));
  EXPECT_THAT(read(json, R"({"address":"192.0.2.7","until":-1})").faults,
              ElementsAre(HasSubstr("no time")));
}

TEST(BanList, HostsDenyWithDaemons) {
  const auto list = read(hosts_deny,
                         "# comment\nexim, sendmail: 192.0.2.7, [2001:db8::]/64 198.51.100.\n"
                         "ALL : 203.0.113.0/255.255.255.128 EXCEPT 203.0.113.9 : DENY\n"
                         "sshd: 192.0.2.8:deny\n"
                         "exim: 192.0.2.10 \\\n  192.0.2.11 \\\n 192.0.2.12 : spawn x \\\n y\n"
                         "exim: 192.0.2.13\n");
  EXPECT_THAT(list.networks,
              ElementsAre("192.0.2.7", "2001:db8::/64", "198.51.100.0/24", "203.0.113.0/25",
                          "192.0.2.8", "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, HostsDenyAsAFileOfPatterns) {
  const auto list = read(hosts_deny, "#made-2026\n192.0.2.7 192.0.2.8\n[2001:db8::]/64\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "192.0.2.8", "2001:db8::/64"));
  EXPECT_THAT(read(hosts_deny, "exim: .example.net\n").faults,
              ElementsAre("\".example.net\" is no address or network"));
  EXPECT_THAT(read(hosts_deny, "192.0.2.7 ALL\n").faults.size(), 1);
}

TEST(BanList, HostsDenyThatLetsIn) {
  const auto list = read(hosts_deny,
                         "exim: 192.0.2.7 : ALLOW\nexim: 192.0.2.8:allow\n"
                         "exim: 192.0.2.9, \\\n [2001:db8::]/64 \\\n : severity info : Allow\n"
                         "exim: 192.0.2.0/24 EXCEPT 192.0.2.1 : allow\n"
                         "exim: 192.0.2.10 : spawn echo allow\nexim: 192.0.2.11 \\");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.10", "192.0.2.11"));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, PostfixCidr) {
  const auto list = read(postfix_cidr,
                         "# comment\n192.0.2.7/32 450 4.7.1 jailed; until 2026-11-22T14:48:00Z\n"
                         "   goes on\n192.0.2.1 OK\n192.0.2.0/24 REJECT go away\n"
                         "[2001:db8::]/32 554 5.7.1 x\n192.0.2.2 DUNNO\n198.51.100.0/24 DISCARD\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "192.0.2.0/24", "2001:db8::/32"));
  EXPECT_EQ(list.bans[0].reason, "jailed");
  EXPECT_EQ(list.bans[0].until, kNow + minutes(60));
  EXPECT_EQ(list.bans[1].reason, "go away");
  EXPECT_EQ(list.bans[2].reason, "x");
  EXPECT_THAT(read(postfix_cidr, "!192.0.2.0/24 REJECT\nif 192.0.2.0/24\n192.0.2.0/24\n").faults,
              ElementsAre(HasSubstr("negations"), HasSubstr("conditions"),
                          HasSubstr("there is no action")));
}

TEST(BanList, Rbldnsd) {
  const auto list = read(rbldnsd,
                         "$SOA 1m ns.example.net host.example.net 0 1h 1h 1d 1m\n"
                         "$DATASET ip4trie @\n:127.0.0.2:Listed, see http://x/?$\n127.0.0.2\n"
                         "192.0.2.7 :3:costs $$5; until 2026-11-22T14:48:00Z\n198.51.100\n"
                         "192.0.2.10-192.0.2.11 bad $\n!198.51.100.9\n203.0.113/24 ; x\n"
                         "2001:db8:1:2\n2001:db8::/32 :127.0.0.2:\n::2/128\n");
  EXPECT_THAT(list.networks,
              ElementsAre("192.0.2.7", "198.51.100.0/24", "192.0.2.10/31", "203.0.113.0/24",
                          "2001:db8:1:2::/64", "2001:db8::/32", "::2"));
  EXPECT_EQ(list.bans[0].reason, "costs $5");
  EXPECT_EQ(list.bans[0].until, kNow + minutes(60));
  EXPECT_EQ(list.bans[2].reason, "bad $");
  EXPECT_THAT(read(rbldnsd, "spam.example.net\n").faults.size(), 1);
}

TEST(BanList, NftScript) {
  const auto list = read(
      nft,
      "#!/usr/sbin/nft -f\nadd table inet gatepost\n"
      "add set inet gatepost mail4 { type ipv4_addr; flags timeout; }\n"
      "add element inet gatepost mail4 { 192.0.2.7 timeout 10m } # trap; until "
      "2026-11-22T13:58:00Z\n"
      "add element inet gatepost mail4 { 192.0.2.8, 192.0.2.9 timeout 1h30m, 255.255.255.255 }\n"
      "add element inet gatepost spared4 { 192.0.2.1 }\n"
      "delete element inet gatepost mail4 { 192.0.2.2 }\n"
      "add rule inet gatepost in tcp dport { 25, 587 } ip saddr @mail4 drop\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "192.0.2.8", "192.0.2.9"));
  EXPECT_EQ(list.bans[0].reason, "trap");
  EXPECT_EQ(list.bans[0].until, kNow + minutes(10));
  EXPECT_EQ(list.bans[1].until, std::nullopt);
  EXPECT_EQ(list.bans[2].until, kNow + minutes(90));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, WhatNftLists) {
  const auto list = read(nft,
                         "table inet gatepost {\n\tset mail4 {\n\t\ttype ipv4_addr\n"
                         "\t\tflags timeout\n"
                         "\t\telements = { 192.0.2.7 timeout 10m expires 9m30s500ms comment \"a, "
                         "b}\",\n\t\t\t     192.0.2.8-192.0.2.9 }\n\t}\n"
                         "\tset ports {\n\t\ttype inet_service\n\t\telements = { 25,\n 587 }\n\t}\n"
                         "\tset spared6 {\n\t\ttype ipv6_addr\n\t\telements = { ::1 }\n\t}\n"
                         "\tset every6 {\n\t\ttype ipv6_addr\n\t\telements = { 2001:db8::/64 }\n"
                         "\t}\n}\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7", "192.0.2.8/31", "2001:db8::/64"));
  EXPECT_EQ(list.bans[0].reason, "a, b}");
  EXPECT_EQ(list.bans[0].until, kNow + minutes(9) + Duration(30'500));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, WhatNftMapsIsNoBan) {
  const auto list = read(nft,
                         "table ip t {\n\tmap m {\n\t\ttype ipv4_addr : verdict\n"
                         "\t\telements = { 192.0.2.1 : accept,\n\t\t 192.0.2.2 : drop }\n\t}\n"
                         "\tset pairs {\n\t\ttype ipv4_addr . inet_service\n"
                         "\t\telements = { 192.0.2.3 . 25 }\n\t}\n"
                         "\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.7 }\n\t}\n}\n"
                         "add element ip t m { 192.0.2.4 : accept, 192.0.2.5: accept }\n");
  EXPECT_THAT(list.networks, ElementsAre("192.0.2.7"));
  EXPECT_THAT(list.faults, IsEmpty());
}

TEST(BanList, OfSeveralSetsOnlyTheGatesOwn) {
  const std::string_view others =
      "table inet filter {\n\tset office {\n\t\ttype ipv4_addr\n"
      "\t\telements = { 192.0.2.1 }\n\t}\n\tset bad {\n\t\ttype ipv4_addr\n"
      "\t\telements = { 192.0.2.2 }\n\t}\n}\n";
  EXPECT_THAT(read(nft, others).networks, IsEmpty());
  EXPECT_THAT(read(nft, others).faults, ElementsAre(HasSubstr("several sets")));
  const auto list = read(nft, std::string(others) +
                                  "table inet gatepost {\n\tset every_nets4 {\n"
                                  "\t\ttype ipv4_addr\n\t\telements = { 198.51.100.0/24 }\n"
                                  "\t}\n}\n");
  EXPECT_THAT(list.networks, ElementsAre("198.51.100.0/24"));
  EXPECT_THAT(list.faults, IsEmpty());
  EXPECT_THAT(read(nft, "add element inet t s { 192.0.2.7 }\nadd element inet t s { 192.0.2.8 }\n")
                  .networks,
              ElementsAre("192.0.2.7", "192.0.2.8"));
}

TEST(BanList, FormatsAreGuessed) {
  const auto guess = guess_ban_list_format;
  EXPECT_EQ(guess("# x\n192.0.2.7\n2001:db8::/32\n"), plain);
  EXPECT_EQ(guess("; Spamhaus DROP List\n192.0.2.0/24 ; SBL1\n"), drop);
  EXPECT_EQ(guess("{\"cidr\":\"192.0.2.0/24\"}\n"), drop);
  EXPECT_EQ(guess("{\"address\":\"192.0.2.7\"}\n"), json);
  EXPECT_EQ(guess("[\"192.0.2.7\"]\n"), json);
  EXPECT_EQ(guess("address,state,until\n"), csv);
  EXPECT_EQ(guess("192.0.2.7,spam\n"), csv);
  EXPECT_EQ(guess("# x\nexim, sendmail: 192.0.2.7\n"), hosts_deny);
  EXPECT_EQ(guess("#x\n192.0.2.7\n[2001:db8::]/64\n"), hosts_deny);
  EXPECT_EQ(guess("192.0.2.7/32 450 4.7.1 x\n"), postfix_cidr);
  EXPECT_EQ(guess("$SOA 1m a b 0 1h 1h 1d 1m\n"), rbldnsd);
  EXPECT_EQ(guess("192.0.2.7 :127.0.0.2:x\n"), rbldnsd);
  EXPECT_EQ(guess("#!/usr/sbin/nft -f\nadd table inet gatepost\n"), nft);
  EXPECT_EQ(guess("table inet gatepost {\n"), nft);
  EXPECT_EQ(guess("<html>\n"), std::nullopt);
  EXPECT_EQ(guess(""), std::nullopt);
}

TEST(ListedNetwork, RangesAreAsFewNetworksAsTheyCanBe) {
  const auto texts = [](std::string_view range) {
    std::vector<std::string> texts;
    const auto networks = parse_range(range);
    for (const auto& network : *networks) texts.push_back(network.to_string());
    return texts;
  };
  EXPECT_THAT(texts("192.0.2.1-192.0.2.6"),
              ElementsAre("192.0.2.1", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6"));
  EXPECT_THAT(texts("0.0.0.0-255.255.255.255"), ElementsAre("0.0.0.0/0"));
  EXPECT_THAT(texts("2001:db8::-2001:db8::ffff"), ElementsAre("2001:db8::/112"));
  EXPECT_THAT(texts("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ElementsAre("::/0"));
  EXPECT_EQ(parse_range("192.0.2.6-192.0.2.1"), std::nullopt);
  for (const auto* both : {"::fffe:ffff:ffff-::1:0:0:0", "::fffe:ffff:ffff-::ffff:ffff:fffe:0"})
    EXPECT_EQ(parse_range(both), std::nullopt) << both;
  EXPECT_EQ(parse_range("192.0.2.6-::1"), std::nullopt);
}

TEST(ListedNetwork, TimesInUtc) {
  EXPECT_EQ(utc_text(kNow), "2026-11-22T13:48:00Z");
  EXPECT_EQ(parse_list_time("2026-11-22T13:48:00Z"), kNow);
  EXPECT_EQ(parse_list_time("1795355280"), kNow);
  EXPECT_EQ(parse_list_time("2026-02-30T13:48:00Z"), std::nullopt);
  EXPECT_EQ(parse_list_time("2026-11-22T25:48:00Z"), std::nullopt);
  EXPECT_EQ(parse_list_time("nan"), std::nullopt);
  EXPECT_EQ(parse_list_time(""), std::nullopt);
}

}  // namespace
}  // namespace gatepost
