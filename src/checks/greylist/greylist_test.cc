// Tests of checks/greylist.
#include "checks/greylist/greylist.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"
#include "checks/greylist/correspondence.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

EvidenceFixture suspect() {
  EvidenceFixture fixture;
  fixture.recipient = Mailbox{"b", "example.org"};
  fixture.session.name = {ClientName::Outcome::none, ""};  // two points
  fixture.recall.of_greylist = {"192.0.2.0/24", GreylistStage::first, kNever, false};
  return fixture;
}

std::vector<Finding> greylist_findings(const EvidenceFixture& fixture) {
  auto findings = look_at(fixture.evidence());
  std::erase_if(findings, [](const Finding& each) { return each.check != CheckName::greylist; });
  return findings;
}

TEST(Greylist, HasASuspectComeAgain) {
  const auto findings = greylist_findings(suspect());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].treatment, Treatment::tempfail);
  EXPECT_EQ(findings[0].detail,
            "the first try of this sender from 192.0.2.0/24 to this recipient; it is let in when "
            "it comes again after 5 minutes");
}

TEST(Greylist, TellsWhoCameTooSoonHowLongItHasToWait) {
  auto fixture = suspect();
  fixture.recall.of_greylist.stage = GreylistStage::early;
  fixture.recall.of_greylist.first_seen = fixture.now - 2min;
  EXPECT_EQ(greylist_findings(fixture).at(0).detail,
            "this sender came again from 192.0.2.0/24, and too soon; it is let in when it comes "
            "after another 3 minutes");
}

TEST(Greylist, LetsInWhoCameBackOrIsTrustedOrKnownGood) {
  auto fixture = suspect();
  for (const auto stage : {GreylistStage::back, GreylistStage::known}) {
    fixture.recall.of_greylist.stage = stage;
    EXPECT_TRUE(greylist_findings(fixture).empty());
  }
  fixture = suspect();
  fixture.recall.of_greylist.trusted = true;
  EXPECT_TRUE(greylist_findings(fixture).empty());
  fixture = suspect();
  fixture.known_good = true;
  EXPECT_TRUE(greylist_findings(fixture).empty());
  fixture = suspect();
  fixture.recipient.reset();
  EXPECT_TRUE(greylist_findings(fixture).empty());
}

TEST(Greylist, LeavesWhoIsNoSuspectAloneUnlessSetToAll) {
  auto fixture = suspect();
  fixture.session.name = {};
  EXPECT_TRUE(greylist_findings(fixture).empty());
  fixture.session.client.address = *Address::parse("192.0.2.7");
  fixture.session.helo = "192.0.2.7";  // a point, but what it calls itself is no ground
  EXPECT_TRUE(greylist_findings(fixture).empty());
  fixture.settings.greylist.for_whom = GreylistSettings::For::all;
  EXPECT_EQ(greylist_findings(fixture).size(), 1u);
}

TEST(Correspondence, ComesFromAnOrganisationByItsConfirmedName) {
  using enum ClientName::Outcome;
  const struct {
    const char* what;
    ClientName name;
    const char* organisation;
  } rows[] = {
      {"a big sender", {confirmed, "mail-ed1-f41.google.com"}, "google.com"},
      {"under a registry's suffix", {confirmed, "out3.mail.example.co.uk"}, "example.co.uk"},
      {"a name that does not lead back", {mismatch, "out3.mail.example.co.uk"}, ""},
      {"a consumer's line", {confirmed, "dsl-192-0-2-7.example.net"}, ""},
      {"a customer of a cloud", {confirmed, "mx.customer.github.io"}, "customer.github.io"},
      {"a suffix", {confirmed, "co.uk"}, ""},
      {"no name", {none, ""}, ""},
  };
  const auto address = *Address::parse("192.0.2.7");
  for (const auto& row : rows) {
    EXPECT_EQ(organisation_of(row.name, address, {}), row.organisation) << row.what;
  }
  EXPECT_EQ(origin_of("", address), "192.0.2.0/24");
  EXPECT_EQ(origin_of("", *Address::parse("2001:db8:1:2::3")), "2001:db8:1:2::/64");
  EXPECT_EQ(origin_of("google.com", address), "google.com");
}

TEST(Correspondence, IsOneForWhatOnlyDiffersInTags) {
  const Mailbox one{"list-return-7-b=example.org", "lists.example"};
  const Mailbox other{"list-return-8-b=example.org", "Lists.Example"};
  const Mailbox recipient{"B", "Example.ORG"};
  const auto keys = correspondence_keys("lists.example", one, {"b", "example.org"});
  EXPECT_EQ(keys.correspondence,
            correspondence_keys("lists.example", other, recipient).correspondence);
  EXPECT_NE(keys.correspondence,
            correspondence_keys("other.example", one, recipient).correspondence);
  EXPECT_NE(keys.correspondence,
            correspondence_keys("lists.example", one, {"c", "example.org"}).correspondence);
  EXPECT_NE(keys.correspondence, keys.origin);
}

}  // namespace
}  // namespace gatepost
