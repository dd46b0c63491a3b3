// Tests of checks/check.h and of the table of techniques.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "checks/check.h"
#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(AllChecks, HaveTheirClassAndDefault) {
  struct Row {
    CheckName name;
    EvidenceClass evidence_class;
    Treatment treatment;
    bool offence;
    int points = 0;
  };
  const Row rows[] = {
      {CheckName::jail, EvidenceClass::reputation, Treatment::tempfail, false},
      {CheckName::pregreet, EvidenceClass::protocol, Treatment::jail, true},
      {CheckName::trap, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::restricted, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::unknown_users, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::password, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::errors, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::botnet_nordns, EvidenceClass::identity, Treatment::points, false, 2},
      {CheckName::botnet_baddns, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_ipinhostname, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_clientwords, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_serverwords, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_client, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_soho, EvidenceClass::identity, Treatment::note, false},
      {CheckName::botnet_strength, EvidenceClass::identity, Treatment::points, false, 2},
      {CheckName::helo, EvidenceClass::identity, Treatment::points, false, 1},
      {CheckName::dnsbl, EvidenceClass::reputation, Treatment::points, false},
      {CheckName::score, EvidenceClass::reputation, Treatment::tempfail, false},
      {CheckName::neighbourhood, EvidenceClass::reputation, Treatment::points, false, 2},
      {CheckName::rate, EvidenceClass::conduct, Treatment::tempfail, false},
      {CheckName::greylist, EvidenceClass::conduct, Treatment::tempfail, false},
  };
  ASSERT_EQ(all_checks().size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& check = all_checks()[i];
    EXPECT_EQ(check.name, rows[i].name) << i;
    EXPECT_EQ(check.evidence_class, rows[i].evidence_class) << to_string(check.name);
    EXPECT_EQ(check.treatment, rows[i].treatment) << to_string(check.name);
    EXPECT_EQ(check.offence, rows[i].offence) << to_string(check.name);
    EXPECT_EQ(check.points, rows[i].points) << to_string(check.name);
  }
}

std::string manual_page(const std::string& folder) {
  std::ifstream file(GATEPOST_SOURCE_DIR "/src/checks/" + folder + "/manual.md");
  std::stringstream page;
  page << file.rdbuf();
  return page.str();
}

std::string default_of(const Check& check) {
  if (check.points > 0) return std::to_string(check.points);
  return std::string(to_string(check.treatment));
}

TEST(AllChecks, HaveAManualPageThatTellsTheSame) {
  for (const auto& check : all_checks()) {
    const std::string name(to_string(check.name));
    const bool one_of_several = name.starts_with("botnet_");
    const auto page = manual_page(one_of_several ? "botnet" : name);
    EXPECT_THAT(page, HasSubstr("Class: " + std::string(to_string(check.evidence_class)) + "\n"))
        << name;
    EXPECT_THAT(page, HasSubstr("\n## Never counted\n")) << name;
    if (one_of_several) {
      EXPECT_THAT(page, testing::ContainsRegex("\n\\| `" + name + "` \\|[^|]*\\| `" +
                                               default_of(check) + "` \\|\n"))
          << name;
    } else {
      EXPECT_THAT(page, testing::StartsWith("# `" + name + "`")) << name;
      EXPECT_THAT(page, HasSubstr("Default: `" + default_of(check) + "`\n")) << name;
    }
  }
}

// Everything that can be wrong with a client at once.
EvidenceFixture the_worst() {
  EvidenceFixture fixture;
  fixture.session.pregreet = true;
  fixture.session.errors = fixture.session.tried = 5;
  fixture.session.sender = {"a", "evil.example"};
  fixture.recipient = Mailbox{"buy", "example.org"};
  fixture.settings.trap.patterns = {"buy@example.org"};
  fixture.record.unknown_users = {fixture.now, 5, 5};
  fixture.record.passwords = {fixture.now, 5, 5};
  fixture.record.sentence.from = fixture.now;
  fixture.record.sentence.until = fixture.now + std::chrono::minutes(5);
  fixture.record.sentence.strikes = 1;
  return fixture;
}

std::vector<CheckName> names(const std::vector<Finding>& findings) {
  std::vector<CheckName> names;
  for (const auto& finding : findings) names.push_back(finding.check);
  return names;
}

TEST(LookAt, FindsNothingInABlankSession) {
  EXPECT_TRUE(look_at(EvidenceFixture{}.evidence()).empty());
}

TEST(LookAt, TellsTheFindingsOfAllChecksInTheirOrder) {
  const auto findings = look_at(the_worst().evidence());
  EXPECT_THAT(names(findings),
              ElementsAre(CheckName::jail, CheckName::pregreet, CheckName::trap,
                          CheckName::unknown_users, CheckName::password, CheckName::errors));
  for (const auto& finding : findings) {
    EXPECT_FALSE(finding.detail.empty()) << to_string(finding.check);
    EXPECT_NE(finding.detail.back(), '.') << to_string(finding.check);
    EXPECT_EQ(finding.points, 0) << to_string(finding.check);
  }
  EXPECT_EQ(findings[0].treatment, Treatment::tempfail);
  EXPECT_EQ(findings[1].treatment, Treatment::jail);
}

TEST(LookAt, FindsARestrictedAddressAndNotATrap) {
  auto fixture = the_worst();
  fixture.settings.restricted.addresses = {{"buy@example.org", {"shop.example.com"}}};
  EXPECT_THAT(names(look_at(fixture.evidence())),
              ElementsAre(CheckName::jail, CheckName::pregreet, CheckName::restricted,
                          CheckName::unknown_users, CheckName::password, CheckName::errors));
}

TEST(LookAt, JudgesOurOwnUsersByTheirPasswordsAlone) {
  auto fixture = the_worst();
  fixture.session.purpose = Purpose::submission;
  EXPECT_THAT(names(look_at(fixture.evidence())), ElementsAre(CheckName::password));
}

TEST(LookAt, DoesWhatTheSettingsSay) {
  auto fixture = the_worst();
  fixture.settings.treatments = {
      {CheckName::jail, {Treatment::off, 0}},
      {CheckName::pregreet, {Treatment::points, 4}},
      {CheckName::trap, {Treatment::note, 0}},
      {CheckName::errors, {Treatment::firewall, 0}},
      {CheckName::greylist, {Treatment::reject, 0}}};  // not built: no finding
  const auto findings = look_at(fixture.evidence());
  ASSERT_THAT(names(findings),
              ElementsAre(CheckName::pregreet, CheckName::trap, CheckName::unknown_users,
                          CheckName::password, CheckName::errors));
  EXPECT_EQ(findings[0].treatment, Treatment::points);
  EXPECT_EQ(findings[0].points, 4);
  EXPECT_EQ(findings[1].treatment, Treatment::note);
  EXPECT_EQ(findings[2].treatment, Treatment::jail) << "nothing written: the check's own";
  EXPECT_EQ(findings[4].treatment, Treatment::firewall);
}

// A client on a list that gives so many points.
EvidenceFixture listed(int points) {
  EvidenceFixture fixture;
  DnsblList list;
  list.zone = "list.example";
  list.points[0].points = points;
  fixture.settings.dnsbl.lists = {list};
  fixture.session.dnsbl = {{"list.example", {*Address::parse("127.0.0.2")}}};
  return fixture;
}

TEST(LookAt, HitsWithTheirOwnPointsDoWhatTheSettingsSayUnlessTheySpeakForTheClient) {
  const struct {
    const char* rule;
    int own;
    std::optional<CheckTreatment> written;
    Treatment treatment;
    int points;
  } rows[] = {
      {"nothing written: its own", 3, {}, Treatment::points, 3},
      {"written so", 3, {{Treatment::points, 0}}, Treatment::points, 3},
      {"a number in their place", 3, {{Treatment::points, 1}}, Treatment::points, 1},
      {"another treatment", 3, {{Treatment::tempfail, 0}}, Treatment::tempfail, 0},
      {"a note", 3, {{Treatment::note, 0}}, Treatment::note, 0},
      {"for the client", -2, {}, Treatment::points, -2},
      {"for it, and not for a number", -2, {{Treatment::points, 1}}, Treatment::points, -2},
      {"never refused for it", -2, {{Treatment::reject, 0}}, Treatment::points, -2},
      {"nor for nothing", 0, {{Treatment::jail, 0}}, Treatment::points, 0},
      {"noted only", -2, {{Treatment::note, 0}}, Treatment::note, 0},
  };
  for (const auto& row : rows) {
    auto fixture = listed(row.own);
    if (row.written) fixture.settings.treatments[CheckName::dnsbl] = *row.written;
    const auto findings = look_at(fixture.evidence());
    ASSERT_EQ(findings.size(), 1u) << row.rule;
    EXPECT_EQ(findings[0].treatment, row.treatment) << row.rule;
    EXPECT_EQ(findings[0].points, row.points) << row.rule;
  }
  auto off = listed(3);
  off.settings.treatments[CheckName::dnsbl] = {Treatment::off, 0};
  EXPECT_TRUE(look_at(off.evidence()).empty());
}

}  // namespace
}  // namespace gatepost
