// Tests of wire/ban_list/ban_list_writer.h: what is written is harmless, and reads back.
#include "wire/ban_list/ban_list_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using enum BanListFormat;
using std::chrono::hours;

constexpr WallTime kNow = wall_time(1'795'355'280'000);  // 2026-11-22T13:48:00Z

Ban ban_of(std::string_view network, BanScope scope = BanScope::mail,
           std::string_view remark = {}) {
  return {*Network::parse(network), scope, kNow, kNow + hours(1), CheckName::trap, "x1",
          std::string(remark)};
}

BanListWords words() {
  return {"mx.example.org", "https://mx.example.org/?a=$b", {25, 2525}, {587}, "gatepost", kNow,
          hours(6)};
}

std::string list_of(BanListFormat format, const std::vector<Ban>& bans) {
  BanListWriter writer(format, words());
  std::string list;
  writer.head(list);
  for (const auto& ban : bans) writer.write(ban, list);
  writer.end(list);
  return list;
}

const std::vector<Ban>& some() {
  static const std::vector<Ban> bans = {
      ban_of("198.51.100.0/24", BanScope::every),
      ban_of("2001:db8:9::/48", BanScope::every),
      ban_of("192.0.2.7"),
      ban_of("192.0.2.9", BanScope::every),
      ban_of("2001:db8:1:2::/64"),
      ban_of("2001:db8:1:3::1"),
      ban_of("203.0.113.9", BanScope::mail,
             "$1 \"quoted\"; until 1999-01-01T00:00:00Z }\n\xff#,ALL")};
  return bans;
}

TEST(BanListWriter, WhatIsWrittenReadsBack) {
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft}) {
    BanListReader reader(format);
    std::vector<ListedBan> read;
    const auto list = list_of(format, some());
    for (const auto line : split(list, '\n')) {
      const auto entries = reader.read(line);
      ASSERT_TRUE(entries) << to_string(format) << ": " << line << ": " << entries.error();
      read.insert(read.end(), entries->begin(), entries->end());
    }
    ASSERT_EQ(read.size(), some().size()) << to_string(format) << "\n" << list;
    const bool tells_end = format != plain && format != hosts_deny;
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].network, some()[i].network);
      EXPECT_EQ(read[i].until.has_value(), tells_end) << list;
      EXPECT_EQ(read[i].until.value_or(some()[i].until), some()[i].until) << list;
    }
  }
}

TEST(BanListWriter, TheFormatIsGuessed) {
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft})
    EXPECT_EQ(guess_ban_list_format(list_of(format, some())), format) << to_string(format);
}

TEST(BanListWriter, StrangersWordsBreakNoLine) {
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft}) {
    const auto list = list_of(format, some());
    EXPECT_TRUE(std::all_of(list.begin(), list.end(), [](char c) {
      return c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f);
    })) << list;
    EXPECT_THAT(list, Not(HasSubstr("\n\n")));
  }
  EXPECT_THAT(list_of(postfix_cidr, some()), Not(HasSubstr("$")));
  for (const auto format : {postfix_cidr, rbldnsd})
    EXPECT_THAT(list_of(format, some()), Not(HasSubstr("quoted"))) << "all the world reads it";
}

TEST(BanListWriter, HostsDenyHasNoWordThatIsNoPattern) {
  EXPECT_EQ(list_of(hosts_deny, some()),
            "#gatepost_at_mx.example.org_made_2026-11-22T13:48:00Z\n198.51.100.0/24\n"
            "[2001:db8:9::]/48\n192.0.2.7\n192.0.2.9\n[2001:db8:1:2::]/64\n"
            "[2001:db8:1:3::1]/128\n203.0.113.9\n");
}

TEST(BanListWriter, PostfixDefers) {
  EXPECT_EQ(list_of(postfix_cidr, {ban_of("192.0.2.7")}),
            "# Whom gatepost at mx.example.org refuses, made at 2026-11-22T13:48:00Z\n"
            "192.0.2.7/32 450 4.7.1 192.0.2.7 jailed for trap; id x1; until 2026-11-22T14:48:00Z; "
            "https://mx.example.org/?a=?b\n");
}

TEST(BanListWriter, RbldnsdHasItsTestPointsOnce) {
  EXPECT_EQ(list_of(rbldnsd, {ban_of("192.0.2.7"), ban_of("192.0.2.9"), ban_of("2001:db8::/64")}),
            "# Whom gatepost at mx.example.org refuses, made at 2026-11-22T13:48:00Z\n"
            "$SOA 1m mx.example.org hostmaster.mx.example.org 0 1h 10m 1d 10s\n"
            "$NS 1m mx.example.org\n$TTL 1m\n$TIMESTAMP 0 2026:11:22:19:48:00\n"
            "$DATASET ip4trie:test @\n127.0.0.2 :127.0.0.2:test point\n"
            "$DATASET ip6trie:test @\n::ffff:7f00:2/128 :127.0.0.2:test point\n"
            "$DATASET ip4trie @\n"
            "192.0.2.7/32 :127.0.0.2:192.0.2.7 jailed for trap; id x1; until "
            "2026-11-22T14:48:00Z; https://mx.example.org/?a=?b\n"
            "192.0.2.9/32 :127.0.0.2:192.0.2.9 jailed for trap; id x1; until "
            "2026-11-22T14:48:00Z; https://mx.example.org/?a=?b\n"
            "$DATASET ip6trie @\n"
            "2001:db8::/64 :127.0.0.2:2001:db8::/64 jailed for trap; id x1; until "
            "2026-11-22T14:48:00Z; https://mx.example.org/?a=?b\n");
}

// nft takes eight digits.
TEST(BanListWriter, NoTimeIsTooLongForNft) {
  auto ban = ban_of("192.0.2.7");
  ban.until = kNow + kForever;
  EXPECT_THAT(list_of(nft, {ban}), HasSubstr("192.0.2.7 timeout 86400000s, "));
}

TEST(BanListWriter, NftHasASetForEachKind) {
  const auto list = list_of(nft, some());
  EXPECT_THAT(list, StartsWith("#!/usr/sbin/nft -f\n"));
  EXPECT_THAT(list, HasSubstr("add element inet gatepost mail4 {\n192.0.2.7 timeout 3600s, # "));
  EXPECT_THAT(list, HasSubstr("add element inet gatepost mail6 {\n2001:db8:1:2:: timeout 3600s"));
  EXPECT_THAT(list, HasSubstr("mail_nets6 {\n2001:db8:1:3::1 timeout 3600s, "));
  EXPECT_THAT(list, HasSubstr("every_nets4 {\n198.51.100.0/24 timeout 3600s, "));
  EXPECT_THAT(list, HasSubstr("tcp dport { 25, 2525 } ip saddr @mail4 drop"));
  EXPECT_THAT(list, HasSubstr("tcp dport { 25, 2525, 587 } ip saddr @every4 drop"));
  EXPECT_EQ(std::count(list.begin(), list.end(), '{'),
            std::count(list.begin(), list.end(), '}') - 1)
      << "the stranger's is in a comment";
}

// Eight digits are all that nft reads.
TEST(BanListWriter, NftIsNotToldWhatItCannotRead) {
  auto bans = some();
  for (auto& ban : bans) ban.until += std::chrono::hours(24 * 366 * 4);
  EXPECT_THAT(list_of(nft, bans), HasSubstr("192.0.2.7 timeout 86400000s, # "));
}

TEST(BanListWriter, AHostNameThatIsNoneIsNotPrinted) {
  auto odd = words();
  odd.hostname = "mx\n192.0.2.1 x";
  for (const auto format : {plain, hosts_deny, postfix_cidr, rbldnsd, nft}) {
    std::string list;
    BanListWriter(format, odd).head(list);
    EXPECT_THAT(list, Not(HasSubstr("192.0.2.1")));
    EXPECT_THAT(list, HasSubstr("localhost"));
  }
}

}  // namespace
}  // namespace gatepost
