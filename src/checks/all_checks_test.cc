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
  };
  const Row rows[] = {
      {CheckName::jail, EvidenceClass::reputation, Treatment::tempfail, false},
      {CheckName::pregreet, EvidenceClass::protocol, Treatment::jail, true},
      {CheckName::trap, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::restricted, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::unknown_users, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::password, EvidenceClass::conduct, Treatment::jail, true},
      {CheckName::errors, EvidenceClass::conduct, Treatment::jail, true},
  };
  ASSERT_EQ(all_checks().size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& check = all_checks()[i];
    EXPECT_EQ(check.name, rows[i].name) << i;
    EXPECT_EQ(check.evidence_class, rows[i].evidence_class) << to_string(check.name);
    EXPECT_EQ(check.treatment, rows[i].treatment) << to_string(check.name);
    EXPECT_EQ(check.offence, rows[i].offence) << to_string(check.name);
  }
}

TEST(AllChecks, HaveAManualPageThatTellsTheSame) {
  for (const auto& check : all_checks()) {
    const std::string name(to_string(check.name));
    std::ifstream file(std::string(GATEPOST_SOURCE_DIR "/src/checks/") + name + "/manual.md");
    std::stringstream page;
    page << file.rdbuf();
    EXPECT_THAT(page.str(), testing::StartsWith("# `" + name + "`")) << name;
    EXPECT_THAT(page.str(),
                HasSubstr("Class: " + std::string(to_string(check.evidence_class)) + "\n"))
        << name;
    EXPECT_THAT(page.str(),
                HasSubstr("Default: `" + std::string(to_string(check.treatment)) + "`\n"))
        << name;
    EXPECT_THAT(page.str(), HasSubstr("\n## Never counted\n")) << name;
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
      {CheckName::dnsbl, {Treatment::reject, 0}}};  // not built: no finding
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

}  // namespace
}  // namespace gatepost
