// Tests of wire/received/border.h: who sent a message, and when nobody can say.
#include "wire/received/border.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatepost {
namespace {

const std::string kDate = "; Sun, 22 Nov 2026 06:00:00 +0000";

const std::string kFromOutside =
    "from pc.example.net (dsl.example.net [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id 1";
const std::string kForged =
    "from innocent (innocent.example.com [198.51.100.9]) by mx.example.org (Postfix) with ESMTP id "
    "9";
const std::string kFromFilter =
    "from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id 2";
const std::string kFilter =
    "from mx.example.org ([127.0.0.1]) by localhost (mx.example.org [127.0.0.1]) (amavis, port "
    "10024) with ESMTP id 3";

BorderRules rules() {
  return {{*Network::parse("203.0.113.0/24")}, {"mx.example.org", ".in.example.org"}, {"115"}};
}

std::vector<HeaderField> fields_of(const std::vector<std::string>& received) {
  std::vector<HeaderField> fields{{"Return-Path", "<a@example.net>", false}};
  for (const auto& value : received) fields.push_back({"Received", value + kDate, false});
  fields.push_back({"X-Originating-IP", "[198.51.100.9]", false});
  fields.push_back({"Subject", "Buy", false});
  return fields;
}

// "192.0.2.1 1": the client and the field's index; or "not_ours 1 (detail)".
std::string told(const Border& border) {
  constexpr const char* kWords[] = {"none",       "no_received", "not_ours",
                                    "unreadable", "all_ours",    "logged_in",
                                    "local",      "fetched",     "too_long"};
  if (border.refused == NoBorder::none)
    return border.hop.client->to_string() + ' ' + std::to_string(border.field);
  return std::string(kWords[static_cast<int>(border.refused)]) + ' ' +
         std::to_string(border.field) + (border.detail.empty() ? "" : " (" + border.detail + ")");
}

std::string border_of(const std::vector<std::string>& received, const BorderRules& with = rules()) {
  return told(find_border(fields_of(received), with));
}

TEST(Border, IsWhereTheFirstClientIsOutside) {
  EXPECT_EQ(border_of({kFromOutside}), "192.0.2.1 1");
  EXPECT_EQ(border_of({kFromFilter, kFilter, kFromOutside}), "192.0.2.1 3");
  EXPECT_EQ(border_of({"from mx ([10.0.0.5]) by store.in.example.org with LMTP id 4", kFromFilter,
                       kFilter, kFromOutside}),
            "192.0.2.1 4");
}

TEST(Border, LeavesWhatIsBelowAlone) {
  EXPECT_EQ(border_of({kFromOutside, kForged}), "192.0.2.1 1");
  EXPECT_EQ(border_of({kFromFilter, kFilter, kFromOutside, kForged, "nonsense"}), "192.0.2.1 3");
}

TEST(Border, GoesOnBeyondTrustedRelays) {
  const std::string relayed =
      "from backup.example.com (backup.example.com [203.0.113.5]) by mx.example.org (Postfix) with "
      "ESMTPS id 1";
  const std::string at_relay =
      "from dsl.example.net (dsl.example.net [192.0.2.1]) by backup.example.com (8.17.1/8.17.1) "
      "with ESMTP id 5";
  EXPECT_EQ(border_of({relayed, at_relay, kForged}), "192.0.2.1 2");
}

TEST(Border, PassesOverHopsThatTellNobody) {
  EXPECT_EQ(border_of({"from mx by mx.example.org with LMTP id 5", kFromOutside}), "192.0.2.1 2");
  EXPECT_EQ(border_of({"(qmail 4711 invoked from network)",
                       "from unknown (HELO pc) (192.0.2.1) by mx.example.org with SMTP", kForged}),
            "192.0.2.1 2");
  EXPECT_EQ(border_of({"by 2002:a05:7300:5b1f:b0:1:2:3 with SMTP id 5",
                       "from mail.example.net (mail.example.net. [192.0.2.1]) by mx.google.com "
                       "with ESMTPS id 5"},
                      {{}, {"mx.google.com"}, {}}),
            "192.0.2.1 2");
}

TEST(Border, IsNoneWhereTheMessageWasNeverOurs) {
  EXPECT_EQ(border_of({}), "no_received 0");
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by mx.example.com with SMTP"}),
            "not_ours 1 (it is by mx.example.com)");
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by mx.example.org.example.com with SMTP"}),
            "not_ours 1 (it is by mx.example.org.example.com)");
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by in.example.org with SMTP"}),
            "not_ours 1 (it is by in.example.org)");
  // The first is by nobody in particular, so that of the border must be ours by its name.
  EXPECT_EQ(border_of({"from x ([127.0.0.1]) by localhost with SMTP",
                       "from x ([192.0.2.1]) by mx.example.com with SMTP"}),
            "not_ours 2 (it is by mx.example.com)");
}

TEST(Border, TakesNobodysLoopbackForOurs) {
  auto with = rules();
  with.trusted.push_back(*Network::parse("127.0.0.1"));
  const std::string at_other =
      "from x ([192.0.2.1]) by mx.example.com (mx.example.com [127.0.0.1]) (amavis) with ESMTP";
  EXPECT_EQ(border_of({at_other}, with), "not_ours 1 (it is by mx.example.com)");
  EXPECT_EQ(border_of({kFromFilter, at_other}, with), "not_ours 2 (it is by mx.example.com)");
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by a.example.com ([203.0.113.5]) with ESMTP"}, with),
            "192.0.2.1 1");
}

TEST(Border, TakesTheUppermostForOursWhereNoNameIsTold) {
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by mx.example.com with SMTP"}, {}), "192.0.2.1 1");
}

TEST(Border, ComparesNamesWhateverTheirCase) {
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by MX.Example.Org. with SMTP"}), "192.0.2.1 1");
  EXPECT_EQ(border_of({"from x ([192.0.2.1]) by A.IN.example.org with SMTP"}), "192.0.2.1 1");
}

TEST(Border, OfAnArrivalIsInTheFirstFieldWhereARelayHandsItOn) {
  const std::string at_relay =
      "from dsl.example.net (dsl.example.net [192.0.2.1]) by backup.example.com (Postfix) with "
      "ESMTP id 5";
  const auto behind = [&](const char* client, const std::vector<std::string>& received) {
    return told(find_border_behind(*Address::parse(client), fields_of(received), rules()));
  };
  EXPECT_EQ(behind("203.0.113.5", {at_relay, kForged}), "192.0.2.1 1");
  EXPECT_EQ(behind("203.0.113.5", {}), "no_received 0");
  EXPECT_EQ(behind("10.0.0.5", {at_relay}), "not_ours 1 (it is by backup.example.com)");
  EXPECT_EQ(behind("127.0.0.1", {at_relay}), "not_ours 1 (it is by backup.example.com)");
  EXPECT_EQ(behind("127.0.0.1", {kFilter, kFromOutside, kForged}), "192.0.2.1 2");
}

TEST(Border, IsNoneWhereAFieldAmongOursCannotBeRead) {
  EXPECT_EQ(border_of({"from x (y [192.0.2.1]) (z [198.51.100.9]) by mx.example.org with SMTP"}),
            "unreadable 1 (it tells two addresses)");
  EXPECT_EQ(border_of({kFromFilter, "nonsense", kFromOutside}),
            "unreadable 2 (it does not say by whom)");
  EXPECT_EQ(border_of({"from x ([0.0.0.0]) by mx.example.org with SMTP"}),
            "unreadable 1 (its client is 0.0.0.0)");
  auto fields = fields_of({kFromOutside});
  fields[1].is_cut = true;
  EXPECT_EQ(told(find_border(fields, rules())), "unreadable 1 (it is too long)");
}

TEST(Border, IsNoneWhereNobodyOutsideIsTold) {
  EXPECT_EQ(border_of({kFromFilter, kFilter}), "all_ours 2");
  EXPECT_EQ(border_of({"from pc ([10.0.0.77]) by mx.example.org with SMTP"}), "all_ours 1");
}

TEST(Border, IsNoneForOurOwnUsersAndPrograms) {
  EXPECT_EQ(border_of({"from pc (dsl.example.net [192.0.2.1]) (Authenticated sender: kim) by "
                       "mx.example.org (Postfix) with ESMTPSA id 1",
                       kForged}),
            "logged_in 1");
  EXPECT_EQ(border_of({"by mx.example.org (Postfix, from userid 33) id 1", kForged}),
            "local 1 (user 33)");
  EXPECT_EQ(border_of({"by mx.example.org (Postfix, from userid 115) id 1", kFromOutside}),
            "192.0.2.1 2");
}

TEST(Border, IsNoneForWhatWasFetchedElsewhere) {
  const std::string end = " by localhost with POP3 (fetchmail-6.4.37) for <kim@mx> (single-drop)";
  const std::string at_provider = "from dsl ([192.0.2.1]) by pop.example.com with ESMTP";
  EXPECT_EQ(border_of({"from pop.example.com [198.51.100.7]" + end, at_provider}),
            "fetched 1 (from 198.51.100.7)");
  EXPECT_EQ(border_of({"from pop.example.com [203.0.113.7]" + end, at_provider}), "192.0.2.1 2");
}

TEST(Border, IsNotLookedForWithoutEnd) {
  EXPECT_EQ(border_of(std::vector<std::string>(60, kFromFilter)), "too_long 51");
}

TEST(Border, KnowsPrivateNetworks) {
  for (const auto* text : {"10.0.0.1", "172.31.0.1", "192.168.1.1", "127.0.0.1", "::1", "fe80::1",
                           "fd00::1", "100.64.0.1", "2002:a05:7300::1"})
    EXPECT_TRUE(is_private(*Address::parse(text))) << text;
  for (const auto* text : {"192.0.2.1", "172.32.0.1", "2001:db8::1", "2002:c000:201::1"})
    EXPECT_FALSE(is_private(*Address::parse(text))) << text;
}

}  // namespace
}  // namespace gatepost
