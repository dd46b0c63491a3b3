// Tests of lab/replay/missing.h: whom a gap in the record makes blind, and what that leaves open.
#include "lab/replay/missing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using enum CheckName;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<CheckName> names(const Missing& missing) {
  std::vector<CheckName> names;
  for (const auto& check : missing.checks) names.push_back(check.check);
  return names;
}

// Ten spam of which four came in, five ham of which all did; and one of each without a gap.
Missing missing(const Gap& gap, const Settings& settings = {}) {
  ReplayReport report;
  report.spam = 11;
  report.ham = 6;
  report.gaps[{}] = {{1, 1}, {1, 1}};
  auto& gaps = report.gaps[gap];
  gaps.sessions.spam += 10;
  gaps.sessions.ham += 5;
  gaps.let_in.spam += 4;
  gaps.let_in.ham += 5;
  return missing_of(report, settings);
}

TEST(Missing, NothingWhereAllIsOnRecord) {
  EXPECT_THAT(missing({}).checks, IsEmpty());
  EXPECT_EQ(missing({}).open.spam, 0u);
}

TEST(Missing, EarlyTalkIsToldOrNot) {
  Gap gap;
  gap.early_talk = true;
  const auto blind = missing(gap);
  EXPECT_THAT(names(blind), ElementsAre(pregreet));
  EXPECT_EQ(blind.checks[0].blind.spam, 10u);
  EXPECT_EQ(blind.checks[0].blind.ham, 5u);
  EXPECT_EQ(blind.open.spam, 4u);
  EXPECT_EQ(blind.open.ham, 5u);
}

TEST(Missing, WhatNoRecordHoldsLeavesNothingOpen) {
  ReplayReport report;
  Gap gap;
  gap.early_talk = true;
  report.gaps[gap] = {{10, 5}, {4, 5}};
  report.spam = 10;
  report.ham = 5;
  auto blind = missing_of(report, {});
  EXPECT_TRUE(blind.checks.at(0).always);
  EXPECT_EQ(blind.open.spam, 0u);
  report.gaps[{}] = {{1, 0}, {1, 0}};
  report.spam = 11;
  blind = missing_of(report, {});
  EXPECT_FALSE(blind.checks.at(0).always);
  EXPECT_EQ(blind.open.spam, 4u);
}

TEST(Missing, ANoteLeavesNothingOpen) {
  Gap gap;
  gap.early_talk = true;
  Settings settings;
  settings.checks.treatments[pregreet] = {Treatment::note, 0};
  EXPECT_THAT(names(missing(gap, settings)), ElementsAre(pregreet));
  EXPECT_EQ(missing(gap, settings).open.spam, 0u);
  settings.checks.treatments[pregreet] = {Treatment::off, 0};
  EXPECT_THAT(names(missing(gap, settings)), IsEmpty());
}

TEST(Missing, WithoutANameAllThatLookAtItAreBlind) {
  Gap gap;
  gap.name = true;
  EXPECT_THAT(names(missing(gap)), Contains(botnet_nordns));
  EXPECT_THAT(names(missing(gap)), Contains(botnet_soho));
  EXPECT_THAT(names(missing(gap)), Not(Contains(helo)));
}

TEST(Missing, TrapsAndListsOnlyWhereThereAreSome) {
  Gap gap;
  gap.recipients = true;
  Settings settings;
  EXPECT_THAT(names(missing(gap, settings)), IsEmpty());
  settings.checks.trap.patterns.push_back("buy@example.org");
  EXPECT_THAT(names(missing(gap, settings)), ElementsAre(trap));
  settings.checks.dnsbl.lists.push_back({});
  EXPECT_THAT(names(missing({}, settings)), ElementsAre(dnsbl));
}

TEST(Missing, GreylistingWouldHaveAskedSuspects) {
  Gap gap;
  gap.recipients = true;
  gap.suspect = true;
  EXPECT_THAT(names(missing(gap)), ElementsAre(greylist));
  gap.suspect = false;
  Settings settings;
  settings.checks.greylist.for_whom = GreylistSettings::For::all;
  EXPECT_THAT(names(missing(gap, settings)), ElementsAre(greylist));
}

TEST(Missing, ASessionIsOpenOnceHoweverManyAreBlind) {
  ReplayReport report;
  Gap gap;
  gap.early_talk = gap.name = gap.helo = true;
  report.gaps[gap] = {{10, 5}, {4, 5}};
  gap.name = false;
  report.gaps[gap] = {{1, 0}, {1, 0}};
  report.gaps[{}] = {{100, 100}, {50, 100}};
  report.spam = 111;
  report.ham = 105;
  EXPECT_EQ(missing_of(report, {}).open.spam, 5u);
}

}  // namespace
}  // namespace gatepost
