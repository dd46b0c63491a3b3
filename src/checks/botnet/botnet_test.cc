// Tests of checks/botnet/botnet.h: which of the checks finds what, and of whom none does.
#include "checks/botnet/botnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using Outcome = ClientName::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

EvidenceFixture client(Outcome outcome, std::string name) {
  EvidenceFixture fixture;
  fixture.session.client.address = *Address::parse("198.51.100.77");
  fixture.session.name = {outcome, std::move(name)};
  return fixture;
}

// The names of the findings, without their common beginning.
std::vector<std::string> found(const EvidenceFixture& fixture) {
  std::vector<std::string> names;
  for (const auto& finding : look_at(fixture.evidence())) {
    names.emplace_back(to_string(finding.check).substr(std::string_view("botnet_").size()));
  }
  return names;
}

constexpr auto kLine = "198-51-100-77.adsl.isp.example";

TEST(Botnet, FindsByOutcomeAndName) {
  EXPECT_THAT(found(client(Outcome::none, "")), ElementsAre("nordns", "strength"));
  EXPECT_THAT(found(client(Outcome::mismatch, "www.isp.example")),
              ElementsAre("baddns", "strength"));
  EXPECT_THAT(found(client(Outcome::confirmed, kLine)),
              ElementsAre("ipinhostname", "clientwords", "client", "strength"));
  EXPECT_THAT(found(client(Outcome::confirmed, "smtp.adsl.isp.example")),
              ElementsAre("clientwords", "serverwords"));
  EXPECT_THAT(found(client(Outcome::confirmed, "www.isp.example")), IsEmpty());
}

TEST(Botnet, FindsNothingInWhatIsUnknown) {
  EXPECT_THAT(found(client(Outcome::unknown, "")), IsEmpty());
  auto small_office = client(Outcome::unknown, "");
  small_office.session.sender_leads_here = Leads::no;
  EXPECT_THAT(found(small_office), IsEmpty());
  EXPECT_THAT(found(client(Outcome::unknown, "dhcp.pool.isp.example")),
              ElementsAre("clientwords", "client", "strength"))
      << "the name is known, only not whether it leads back";
}

TEST(Botnet, PassesOverAddressesOnTheLists) {
  for (const auto* list : {"pass", "skip"}) {
    auto fixture = client(Outcome::none, "");
    auto& settings = fixture.settings.botnet;
    auto& networks = list == std::string_view("pass") ? settings.pass_ip : settings.skip_ip;
    networks = {*Network::parse("198.51.100.0/24")};
    EXPECT_THAT(found(fixture), IsEmpty()) << list;
    fixture.session.name = {Outcome::mismatch, kLine};
    fixture.session.sender_leads_here = Leads::yes;
    EXPECT_THAT(found(fixture), IsEmpty()) << list;
  }
}

TEST(Botnet, SkipsPrivateNetworksByDefault) {
  for (const auto* address : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.3.4"}) {
    auto fixture = client(Outcome::none, "");
    fixture.session.client.address = *Address::parse(address);
    EXPECT_THAT(found(fixture), IsEmpty()) << address;
  }
}

TEST(Botnet, PassesOverDomainsOnlyByConfirmedName) {
  const auto judged = [](Outcome outcome, std::string name) {
    return !found(client(outcome, std::move(name))).empty();
  };
  EXPECT_FALSE(judged(Outcome::confirmed, "adsl.x.amazon.com"));
  EXPECT_FALSE(judged(Outcome::confirmed, "adsl.x.ebay.com"));
  EXPECT_TRUE(judged(Outcome::confirmed, "adsl.x.notamazon.com"));
  EXPECT_TRUE(judged(Outcome::confirmed, "adsl.amazon.com.isp.example"));
  EXPECT_TRUE(judged(Outcome::mismatch, "adsl.x.amazon.com"));
  EXPECT_TRUE(judged(Outcome::unknown, "adsl.x.amazon.com"));
}

TEST(Botnet, AnEmptyListOfDomainsPassesNobody) {
  auto fixture = client(Outcome::confirmed, kLine);
  fixture.settings.botnet.pass_domains = {};
  EXPECT_FALSE(found(fixture).empty());
}

TEST(Botnet, PassesOverWhoLoggedIn) {
  auto fixture = client(Outcome::confirmed, kLine);
  fixture.session.authenticated = "somebody";
  EXPECT_THAT(found(fixture), IsEmpty());
  fixture.settings.botnet.pass_auth = false;
  EXPECT_FALSE(found(fixture).empty());
}

TEST(Botnet, PassesOverABalancersOwnConnections) {
  auto fixture = client(Outcome::none, "");
  fixture.session.unclaimed = true;
  EXPECT_THAT(found(fixture), IsEmpty());
}

TEST(Botnet, TheSmallOfficeIsNotedAndSpared) {
  auto fixture = client(Outcome::confirmed, kLine);
  fixture.session.sender = {"a", "office.example"};
  fixture.session.sender_leads_here = Leads::yes;
  EXPECT_THAT(found(fixture), ElementsAre("ipinhostname", "clientwords", "client", "soho"));
  fixture.session.name = {Outcome::none, ""};
  EXPECT_THAT(found(fixture), ElementsAre("nordns", "soho", "strength"));
}

TEST(Botnet, WhatSpeaksForAClientNeverWeighsAgainstIt) {
  auto fixture = client(Outcome::confirmed, "smtp.isp.example");
  fixture.session.sender_leads_here = Leads::yes;
  for (const auto check : {CheckName::botnet_serverwords, CheckName::botnet_soho}) {
    fixture.settings.treatments[check] = {Treatment::reject, 0};
  }
  const auto findings = look_at(fixture.evidence());
  ASSERT_EQ(findings.size(), 2u);
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.treatment, Treatment::points);
    EXPECT_EQ(finding.points, 0);
  }
}

TEST(Botnet, SaysWhy) {
  auto fixture = client(Outcome::confirmed, "smtp7.198-51-100-77.dhcp.adsl.isp.example");
  std::vector<std::string> details;
  for (const auto& finding : look_at(fixture.evidence())) details.push_back(finding.detail);
  EXPECT_THAT(
      details,
      ElementsAre(
          "its name \"smtp7.198-51-100-77.dhcp.adsl.isp.example\" holds its address",
          "its name \"smtp7.198-51-100-77.dhcp.adsl.isp.example\" has words of lines: .*dsl.* dhcp",
          "its name \"smtp7.198-51-100-77.dhcp.adsl.isp.example\" has words of servers: smtp",
          "strength 9, from 5 on a line: its whole address (9), a client word (6), a server word "
          "(-6)"));
}

TEST(Botnet, EscapesNamesInWhatItSays) {
  auto fixture = client(Outcome::mismatch, "x\r\n250 ok\x1b[2J.dsl.isp.example");
  for (const auto& finding : look_at(fixture.evidence())) {
    EXPECT_EQ(finding.detail.find_first_of("\r\n\x1b"), std::string::npos) << finding.detail;
  }
}

TEST(Botnet, LooksAtTheNameOncePerJudgement) {
  const auto fixture = client(Outcome::confirmed, kLine);
  const auto evidence = fixture.evidence();
  EXPECT_FALSE(evidence.name_classes);
  EXPECT_TRUE(look_for_ip_in_name(evidence));
  ASSERT_TRUE(evidence.name_classes);
  evidence.name_classes = NameClasses{};
  EXPECT_FALSE(look_for_client_words(evidence)) << "it asked anew";
}

std::vector<std::string> found_in(const EvidenceFixture& fixture, NameFindings& kept) {
  auto evidence = fixture.evidence();
  evidence.name_findings = &kept;
  std::vector<std::string> names;
  for (const auto& finding : look_at(evidence)) names.emplace_back(to_string(finding.check));
  return names;
}

TEST(Botnet, LooksAtTheNamesOncePerSession) {
  auto fixture = client(Outcome::confirmed, kLine);
  fixture.session.helo = "line";
  NameFindings kept;
  const auto found = found_in(fixture, kept);
  ASSERT_TRUE(kept.findings);
  EXPECT_EQ(kept.findings->size(), found.size());
  EXPECT_EQ(found_in(fixture, kept), found);
  kept.findings->erase(kept.findings->begin());
  EXPECT_EQ(found_in(fixture, kept).size(), found.size() - 1) << "it looked anew";
}

TEST(Botnet, LooksAnewAtOtherNames) {
  auto fixture = client(Outcome::confirmed, kLine);
  NameFindings kept;
  const auto changes_findings = [&] {
    const auto now = found_in(fixture, kept);
    NameFindings none;
    EXPECT_EQ(now, found_in(fixture, none));
    return now;
  };
  const auto of_line = changes_findings();
  fixture.session.sender_leads_here = Leads::yes;
  fixture.session.sender = {"a", "isp.example"};
  EXPECT_NE(changes_findings(), of_line);
  fixture.session.sender.domain = "other.example";
  changes_findings();
  EXPECT_EQ(kept.leads_here, "other.example");
  fixture.session.sender_leads_here = Leads::no;
  EXPECT_EQ(changes_findings(), of_line);
  fixture.session.helo = "line";
  EXPECT_EQ(changes_findings().size(), of_line.size() + 1);
  fixture.session.authenticated = "user";
  EXPECT_THAT(changes_findings(), ElementsAre("helo"));
  fixture.session.authenticated.reset();
  fixture.session.name = {Outcome::confirmed, "mail.example.net"};
  changes_findings();
}

}  // namespace
}  // namespace gatepost
