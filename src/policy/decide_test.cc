// Tests of policy/decide.h: how findings become what is done.
#include "policy/decide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>

namespace gatepost {
namespace {

using enum EvidenceClass;

Finding points(EvidenceClass evidence_class, int count) {
  return {CheckName::botnet_nordns, evidence_class, Treatment::points, count, "a fact"};
}

Finding treated(EvidenceClass evidence_class, Treatment treatment) {
  return {CheckName::trap, evidence_class, treatment, 0, "a fact"};
}

struct Row {
  const char* rule;
  std::vector<Finding> findings;
  Action action;
  int points;
};

void expect(std::span<const Row> rows) {
  for (const auto& row : rows) {
    const auto decision = decide(row.findings, {});
    EXPECT_EQ(decision.action, row.action) << row.rule << ": " << to_string(decision.action);
    EXPECT_EQ(decision.points, row.points) << row.rule;
  }
}

TEST(Decide, AddsPointsBetweenClassesAndNotWithin) {
  const Row rows[] = {
      {"nothing found", {}, Action::accept, 0},
      {"what is only noted does nothing", {treated(conduct, Treatment::note)}, Action::accept, 0},
      {"points below the first limit", {points(identity, 2)}, Action::accept, 2},
      {"points at the first limit", {points(identity, 3)}, Action::tempfail, 3},

      {"within a class the strongest counts",
       {points(identity, 2), points(identity, 2)},
       Action::accept,
       2},
      {"and its order does not matter",
       {points(identity, 1), points(identity, 3)},
       Action::tempfail,
       3},
      {"between classes points add",
       {points(identity, 2), points(protocol, 1)},
       Action::tempfail,
       3},
  };
  expect(rows);
}

TEST(Decide, RefusesForGoodOnPointsOfTwoClassesOnly) {
  const Row rows[] = {
      {"one class never refuses for good", {points(identity, 100)}, Action::tempfail, 100},
      {"nor do many findings of one class",
       {points(identity, 6), points(identity, 6), points(identity, 5)},
       Action::tempfail,
       6},
      {"two classes at the second limit",
       {points(identity, 3), points(reputation, 3)},
       Action::reject,
       6},
      {"two classes below it", {points(identity, 3), points(reputation, 2)}, Action::tempfail, 5},
      {"a little of a second class is enough",
       {points(identity, 9), points(conduct, 1)},
       Action::reject,
       10},
      {"a second class with nothing is none",
       {points(identity, 9), points(conduct, 0)},
       Action::tempfail,
       9},
      {"nor is one that is only noted",
       {points(identity, 9), treated(conduct, Treatment::note)},
       Action::tempfail,
       9},
      {"four classes",
       {points(identity, 2), points(reputation, 2), points(conduct, 1), points(protocol, 1)},
       Action::reject,
       6},
  };
  expect(rows);
}

TEST(Decide, LetsNegativePointsSpeakForTheClient) {
  const Row rows[] = {
      {"negative points speak for the client",
       {points(identity, 3), points(reputation, -2)},
       Action::accept,
       1},
      {"of these too only the strongest of a class counts",
       {points(identity, 4), points(reputation, -1), points(reputation, -1)},
       Action::tempfail,
       3},
      {"for and against within one class",
       {points(reputation, 5), points(reputation, -3)},
       Action::accept,
       2},
      {"a class that speaks for the client is no second one against it",
       {points(identity, 9), points(reputation, -1)},
       Action::tempfail,
       8},
      {"nor is one whose points for and against make nothing",
       {points(identity, 9), points(reputation, 5), points(reputation, -5)},
       Action::tempfail,
       9},
      {"or less than nothing",
       {points(identity, 9), points(reputation, 2), points(reputation, -4)},
       Action::tempfail,
       7},
      {"one whose points against are more is",
       {points(identity, 9), points(reputation, 5), points(reputation, -4)},
       Action::reject,
       10},
  };
  expect(rows);
}

TEST(Decide, DoesWhatIsWrittenForACheck) {
  const Row rows[] = {
      {"a written tempfail", {treated(identity, Treatment::tempfail)}, Action::tempfail, 0},
      {"a written jail", {treated(conduct, Treatment::jail)}, Action::jail, 0},
      {"a written reject is done on one class",
       {treated(identity, Treatment::reject)},
       Action::reject,
       0},
      {"a written firewall too", {treated(protocol, Treatment::firewall)}, Action::drop, 0},
      {"the severest treatment",
       {treated(conduct, Treatment::tempfail), treated(protocol, Treatment::jail)},
       Action::jail,
       0},
      {"a treatment that is severer than the points",
       {points(identity, 3), treated(conduct, Treatment::jail)},
       Action::jail,
       3},
      {"points that are severer than the treatment",
       {points(identity, 3), points(reputation, 3), treated(conduct, Treatment::jail)},
       Action::reject,
       6},
      {"negative points do not undo a treatment",
       {points(reputation, -100), treated(conduct, Treatment::jail)},
       Action::jail,
       -100},
  };
  expect(rows);
}

TEST(Decide, TakesItsLimitsFromTheSettings) {
  const DecideSettings strict{1, 2};
  EXPECT_EQ(decide({points(identity, 1)}, strict).action, Action::tempfail);
  EXPECT_EQ(decide({points(identity, 1), points(conduct, 1)}, strict).action, Action::reject);
  const DecideSettings lax{50, 100};
  EXPECT_EQ(decide({points(identity, 49)}, lax).action, Action::accept);
}

std::vector<Finding> random_findings(std::mt19937& random) {
  std::vector<Finding> findings(random() % 6);
  for (auto& finding : findings) {
    finding.evidence_class = static_cast<EvidenceClass>(random() % 4);
    finding.treatment = static_cast<Treatment>(1 + random() % 6);
    if (finding.treatment == Treatment::points)
      finding.points = static_cast<int>(random() % 11) - 3;
  }
  return findings;
}

TEST(Decide, DoesNotDependOnTheOrderOfFindings) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    auto findings = random_findings(random);
    const auto first = decide(findings, {});
    std::shuffle(findings.begin(), findings.end(), random);
    const auto second = decide(findings, {});
    ASSERT_EQ(first.action, second.action) << "seed " << seed;
    ASSERT_EQ(first.points, second.points) << "seed " << seed;
  }
}

TEST(Decide, RefusesForGoodOnlyWithTwoClassesOrByWrittenOrder) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    const auto findings = random_findings(random);
    if (decide(findings, {}).action < Action::reject) continue;
    const bool ordered = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.treatment >= Treatment::reject;
    });
    ASSERT_TRUE(ordered || evidence_classes(findings) >= 2) << "seed " << seed;
  }
}

TEST(EvidenceClasses, AreThoseThatSayMoreThanANote) {
  const struct {
    const char* what;
    std::vector<Finding> findings;
    int classes;
  } rows[] = {
      {"nothing", {}, 0},
      {"a note", {treated(conduct, Treatment::note)}, 0},
      {"off", {treated(conduct, Treatment::off)}, 0},
      {"no points", {points(identity, 0)}, 0},
      {"points for the client", {points(identity, -3)}, 0},
      {"points", {points(identity, 1)}, 1},
      {"a treatment", {treated(conduct, Treatment::jail)}, 1},
      {"two of one class", {treated(conduct, Treatment::jail), points(conduct, 1)}, 1},
      {"two classes", {treated(conduct, Treatment::jail), points(identity, 1)}, 2},
      {"all",
       {points(protocol, 1), points(identity, 1), points(reputation, 1), points(conduct, 1)},
       4},
  };
  for (const auto& row : rows) EXPECT_EQ(evidence_classes(row.findings), row.classes) << row.what;
}

// RFC 5321 4.1.4.
TEST(Decide, NeverRefusesForTheHeloNameAlone) {
  const auto helo = [](Treatment treatment, int count) {
    return Finding{CheckName::helo, identity, treatment, count, "a fact"};
  };
  const Row rows[] = {
      {"whatever is written down", {helo(Treatment::reject, 0)}, Action::accept, 0},
      {"or how many points", {helo(Treatment::points, 9)}, Action::accept, 9},
      {"notes do not change that",
       {helo(Treatment::jail, 0), treated(conduct, Treatment::note)},
       Action::accept,
       0},
      {"nor does what speaks for the client",
       {helo(Treatment::points, 9), points(reputation, -2)},
       Action::accept,
       7},
      {"with another finding it counts",
       {helo(Treatment::points, 1), points(reputation, 2)},
       Action::tempfail,
       3},
      {"and so does what is written down",
       {helo(Treatment::reject, 0), points(reputation, 1)},
       Action::reject,
       1},
  };
  expect(rows);
}

}  // namespace
}  // namespace gatepost
