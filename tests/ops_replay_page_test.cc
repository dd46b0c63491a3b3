// Golden tests of the page of a replay, of a busy one whose senders write hostile names, and of
// none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/replay_report/plots.h"
#include "ops/replay_report/replay_page.h"
#include "support/golden.h"

namespace gatepost {
namespace {

using testing::HasSubstr;
using testing::Not;

Address address(std::string_view text) { return *Address::parse(text); }

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

ReplayReport busy_report() {
  ReplayReport report;
  report.warm_up = 100;
  report.spam = 14'271;
  report.ham = 4'581;
  report.unlabelled = 17;
  report.unlabelled_refused = 3;
  report.caught = 13'450;
  report.came_back = 3'536;
  report.ham_hurt = 5;
  report.ham_tempfailed = 4;
  report.ham_rejected = 1;
  report.ham_lost = 2;
  report.ham_delays.assign(990, Duration::zero());
  report.ham_delays.insert(report.ham_delays.end(), 10, std::chrono::minutes(15));
  report.senders = {{address("192.0.2.7"), "mail.example.net", 40, 4, 0, 2, "score: 1 ham, 3 spam"},
                    {address("2001:db8::9"), "<script>alert(1)</script>", 1, 1, 1, 0,
                     "helo: \"<img src=x onerror=alert(1)>\"\x1b[2J"}};
  report.ham_senders = 94;
  report.largest = {{address("198.51.100.1"), "lists.example.org", 1'223, 0, 0, 0, ""},
                    report.senders[0]};
  report.noted = {{CheckName::botnet_client, {1'200, 31}}};
  return report;
}

Overlap busy_overlap() {
  using enum CheckName;
  Overlap overlap;
  overlap.refused = {13'450, 5};
  overlap.checks = {{greylist, {10'322, 0}, {0, 0}, {0, 0}, {10'304, 0}, 5'640.25, 0},
                    {score, {3'119, 4}, {1'607, 1}, {3'119, 4}, {1'783, 4}, 2'451.4, 4.5},
                    {jail, {}, {}, {}, {}, 0, 0},
                    {helo, {3'481, 3}, {27, 3}, {0, 0}, {0, 0}, 0.3, 0.5}};
  overlap.rows = {{{helo, greylist}, {10'000, 0}, {10'000, 0}},
                  {{score}, {1'607, 4}, {1'607, 4}},
                  {{}, {653, 4'574}, {0, 0}},
                  {{helo}, {27, 3}, {0, 1}}};
  overlap.few = {{{score}, {3'119, 4}},
                 {{greylist, helo}, {13'440, 1}},
                 {{score, greylist, helo}, {13'450, 5}}};
  overlap.best = {{{score}, {3'119, 4}},
                  {{score, greylist}, {13'428, 5}},
                  {{score, greylist, helo}, {13'450, 5}},
                  {{score, greylist, helo, jail}, {13'450, 5}}};
  return overlap;
}

std::string busy_page() {
  ReplayRun run{{"/srv/old\"><b>sessions</b>.jsonl"}, "/etc/gatepost/<i>.toml", {}};
  run.options.filter = {0.9, 0.005};
  run.options.delay = std::chrono::minutes(10);
  const Missing missing{
      {{CheckName::pregreet, {14'271, 4'581}, true}, {CheckName::helo, {12, 0}, false}}, {400, 20}};
  return replay_page(busy_report(), busy_overlap(), {{0.922, 0.96}, {0, 0.0021}, 0.714}, missing,
                     run);
}

TEST(ReplayPage, IsAsItWas) {
  expect_golden("tests/golden/replay.html", busy_page());
  expect_golden("tests/golden/replay_empty.html", replay_page({}, {}, {}, {}, {}));
}

TEST(ReplayPage, HoldsNothingFromOutsideThatABrowserWouldObey) {
  const auto page = busy_page();
  for (const auto* bad : {"<script", "<img", "<b>sessions", "<i>", "http://", "https://", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(bad)));
  }
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(ReplayPage, NamesTheStyleOfItsPlotsToTheBrowser) {
  const auto page = busy_page();
  EXPECT_EQ(count_of(page, "'sha256-"), 2u);
  EXPECT_EQ(count_of(page, "<svg id="), 3u);
  EXPECT_EQ(count_of(page, "<style>"), 4u);
}

TEST(ReplayPage, SaysSoWhereNothingHasALabel) {
  ReplayReport report;
  report.unlabelled = 12;
  const auto page = replay_page(report, {}, {{0, 1}, {0, 1}, 0}, {}, {{"s.jsonl"}, "", {}});
  EXPECT_THAT(page, HasSubstr("No session has a label"));
  EXPECT_THAT(page, Not(HasSubstr("class=\"tiles\"")));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(OverlapPlot, SumsUpWhatIsBehindTheTwentieth) {
  Overlap overlap;
  overlap.checks = {{CheckName::score, {1, 0}, {}, {}, {}, 0, 0}};
  for (std::uint64_t i = 0; i < 20; ++i) overlap.rows.push_back({{}, {100 - i, 0}, {}});
  EXPECT_THAT(overlap_plot(overlap), Not(HasSubstr(">more<")));
  for (int i = 0; i < 3; ++i) overlap.rows.push_back({{}, {7, 1}, {5, 0}});
  const auto plot = overlap_plot(overlap);
  EXPECT_THAT(plot, HasSubstr("3 other combinations&#10;spam 21, refused 15&#10;ham 3, refused 0"));
  EXPECT_THAT(plot, HasSubstr(">more<"));
}

TEST(OverlapPlot, LeavesOutWhoSaysNothing) {
  const auto plot = overlap_plot(busy_overlap());
  EXPECT_THAT(plot, HasSubstr(">greylist<"));
  EXPECT_THAT(plot, Not(HasSubstr(">jail<")));
  EXPECT_EQ(overlap_plot({}), "");
}

TEST(SharesPlot, IsOfAllSpam) {
  const auto plot = shares_plot(busy_overlap(), busy_report());
  EXPECT_THAT(plot, HasSubstr(">39.5%<"));  // 5,640.25 of 14,271
  EXPECT_THAT(plot, HasSubstr(">72.2%<"));  // 10,304
  EXPECT_EQ(shares_plot({}, busy_report()), "");
}

TEST(BestPlot, EndsWithTheLastThatAddsAnything) {
  const auto plot = best_plot(busy_overlap(), busy_report());
  EXPECT_THAT(plot, HasSubstr(">+ helo<"));
  EXPECT_THAT(plot, Not(HasSubstr(">+ jail<")));
  EXPECT_THAT(plot, HasSubstr("by chance 71.4% of both"));  // 13,455 of 18,852
  EXPECT_EQ(best_plot({}, busy_report()), "");
}

TEST(BestPlot, ShowsATeamThatIsBetterThanThoseTakenOneByOne) {
  auto overlap = busy_overlap();
  EXPECT_THAT(best_plot(overlap, busy_report()), HasSubstr("<title>greylist, helo: 94.2%</title>"));
  EXPECT_THAT(best_plot(overlap, busy_report()), Not(HasSubstr("<title>score: ")));
  overlap.few[1] = overlap.best[1];
  EXPECT_THAT(best_plot(overlap, busy_report()), Not(HasSubstr("the best of all teams")));
}

}  // namespace
}  // namespace gatepost
