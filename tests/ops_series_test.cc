// Tests of the series on a ledger in memory: what is counted comes into rows, and out of the API.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <thread>

#include "ledger/memory/memory_ledger.h"
#include "ops/control/control.h"
#include "ops/journal/json_text.h"
#include "ops/series/series_book.h"
#include "ops/series/series_keeper.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration kDay = std::chrono::hours(24);
const WallTime kMidnight = wall_time(20'000 * kDay.count());

CheckPattern pattern_of(std::initializer_list<CheckName> checks) {
  Verdict verdict;
  for (const auto check : checks)
    verdict.findings.push_back({check, EvidenceClass::conduct, Treatment::points, 1, ""});
  return acted_in(verdict);
}

StepCounts some_sessions() {
  StepCounts counts;
  counts.add_session(0);
  counts.add_session(pattern_of({CheckName::trap}));
  counts.add_session(pattern_of({CheckName::trap, CheckName::dnsbl}));
  counts.add_session(pattern_of({CheckName::trap, CheckName::dnsbl}));
  return counts;
}

double number(const StepCounts& counts, std::string_view series) {
  return counts.value(series_of(series).value()).value();
}

TEST(StepCounts, EachCheckHasItsSeries) {
  for (std::size_t i = 1; i <= kChecksMax; ++i) {
    const auto check = static_cast<CheckName>(i);
    EXPECT_NE(to_string(check), "unknown");
    EXPECT_TRUE(series_of(fmt::format("check.{}", to_string(check)))) << i;
  }
  EXPECT_EQ(to_string(static_cast<CheckName>(kChecksMax + 1)), "unknown") << "one that is left out";
  EXPECT_EQ(series_names().size(), kSeriesCount);
}

TEST(StepCounts, ANoteIsNoAction) {
  Verdict verdict;
  verdict.findings = {{CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0, ""},
                      {CheckName::helo, EvidenceClass::identity, Treatment::note, 0, ""}};
  EXPECT_THAT(checks_of(acted_in(verdict)), testing::ElementsAre(CheckName::trap));
}

TEST(StepCounts, ComeThroughTheirText) {
  auto counts = some_sessions();
  counts.add(Series::cpu, 1.25);
  counts.add(Series::jailed_now, 7);
  counts.samples = 2;
  counts.other = 3;
  const auto text = to_text(counts);
  EXPECT_THAT(text, HasSubstr(R"("sessions": 4)"));
  const auto read = parse_step_counts(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->sums, counts.sums);
  EXPECT_EQ(read->patterns, counts.patterns);
  EXPECT_EQ(read->other, 3u);
  EXPECT_EQ(number(*read, "jailed_now"), 3.5);
  EXPECT_EQ(number(*read, "check.dnsbl"), 2);
  EXPECT_FALSE(parse_step_counts("no row"));
  EXPECT_TRUE(
      parse_step_counts(R"({"patterns": {"zz": 1, "2": "x"}, "news": 1})")->patterns.empty());
}

TEST(StepCounts, AreBoundedAndFitIntoARow) {
  StepCounts counts;
  for (CheckPattern pattern = 1; pattern < 1'000; ++pattern) counts.add_session(pattern << 10);
  counts.add_session(pattern_of({CheckName::pregreet}));
  for (auto& sum : counts.sums) sum = 123'456'789.123;
  EXPECT_GT(counts.other, 0u);
  EXPECT_LE(counts.patterns.size(), StepCounts::kPatternsMax + kChecksMax);
  EXPECT_TRUE(counts.patterns.contains(pattern_of({CheckName::pregreet})));
  EXPECT_LT(to_text(counts).size(), kSeriesValuesMax);
}

class SeriesTest : public testing::Test {
 protected:
  Response ask(std::string target) {
    const Control control({ledger_,
                           [] { return std::make_shared<const Settings>(); },
                           [this] { return now_; },
                           {},
                           {},
                           nullptr,
                           {}});
    return control.handle({"GET", std::move(target), {}, {}});
  }
  json::object get(std::string target) {
    const auto response = ask(std::move(target));
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body)->get_object();
  }
  std::string column(const std::string& query, std::string_view name) {
    return json_text(array_member(object_member(get("/v1/series" + query), "series"), name));
  }

  MemoryLedger ledger_;
  WallTime now_ = kMidnight + 90s;
};

TEST_F(SeriesTest, AMinuteIsAddedToItsHourAndItsDay) {
  SeriesBook book(ledger_, now_);
  book.look({3, 2, 1, 0, 0, 0, 0.5}, some_sessions(), now_);
  EXPECT_EQ(column("?of=sessions&step=hour&since=1h", "sessions"), "[null, null]");
  book.look({5, 0, 1, 10, 2, 1, 0.75}, some_sessions(), now_ + 40s);  // the next minute
  EXPECT_EQ(column("?of=sessions&step=hour&since=1h", "sessions"), "[null, 8]");
  now_ += 40s;
  EXPECT_EQ(column("?of=sessions&since=2m", "sessions"), "[null, 8]");
  EXPECT_EQ(column("?of=turned_away,cpu&since=1m", "turned_away"), "[10]");
  EXPECT_EQ(column("?of=turned_away,cpu&since=1m", "cpu"), "[0.75]");
  EXPECT_EQ(column("?of=sessions_now&since=1m", "sessions_now"), "[3]");
  book.close();
  // As after another start.
  SeriesBook again(ledger_, now_);
  again.look({}, some_sessions(), now_);
  again.close();
  EXPECT_EQ(column("?of=sessions&step=hour&since=1h", "sessions"), "[null, 12]");
  EXPECT_EQ(column("?of=sessions&step=day&since=1d", "sessions"), "[null, 12]");
}

TEST_F(SeriesTest, WhatIsTooOldIsForgotten) {
  add_to_series(ledger_, some_sessions(), kMidnight);
  SeriesBook book(ledger_, kMidnight + kDay * 2);
  book.look({}, {}, kMidnight + kDay * 2 + 1min);
  now_ = kMidnight + kDay * 2;
  EXPECT_THAT(column("?of=sessions&since=49h", "sessions"), testing::Not(HasSubstr("4")));
  EXPECT_THAT(column("?of=sessions&step=hour&since=49h", "sessions"), HasSubstr("4"));
}

TEST_F(SeriesTest, TheAnswerSaysWhenItBeginsAndWhatItHas) {
  const auto answer =
      get(fmt::format("/v1/series?step=day&since={}&until={}", 20'000 * 86'400, 20'003 * 86'400));
  EXPECT_EQ(number_member(answer, "step"), 86'400);
  EXPECT_EQ(number_member(answer, "begins"), 20'000.0 * 86'400);
  const auto& series = object_member(answer, "series");
  EXPECT_EQ(series.size(), kSeriesCount);
  for (const auto& [name, values] : series) EXPECT_EQ(values.get_array().size(), 3u);
  EXPECT_EQ(array_member(object_member(get("/v1/series"), "series"), "spam").size(), 60u);
}

TEST_F(SeriesTest, WhatIsNoSeriesIsRefused) {
  const auto refused = [&](const std::string& query) {
    const auto response = ask("/v1/series" + query);
    return response.status == 400 ? response.body : fmt::format("{}", response.status);
  };
  EXPECT_THAT(refused("?of=sessions,nonsense"), HasSubstr("no series \\\"nonsense\\\""));
  EXPECT_THAT(refused("?step=week"), HasSubstr("step: expected"));
  EXPECT_THAT(refused("?since=never"), HasSubstr("since: expected"));
  EXPECT_THAT(refused("?since=1h&until=2h"), HasSubstr("until: expected"));
  EXPECT_THAT(refused("?since=8d"), HasSubstr("10000 steps"));
  std::string many = "?of=sessions";
  for (int i = 0; i < 60; ++i) many += ",sessions";
  EXPECT_THAT(refused(many), HasSubstr("60 names"));
}

TEST_F(SeriesTest, TheOverlapSaysWhoActedAloneAndTogether) {
  add_to_series(ledger_, some_sessions(), kMidnight);
  StepCounts more;
  more.other = 5;
  add_to_series(ledger_, more, kMidnight + 1min);
  for (const auto* since : {"", "?since=10h", "?since=30d"}) {
    const auto answer = get(fmt::format("/v1/overlap{}", since));
    EXPECT_EQ(number_member(answer, "sessions"), 8) << since;
    EXPECT_EQ(number_member(answer, "other"), 5);
    EXPECT_EQ(json_text(object_member(answer, "checks")),
              R"({"trap": {"acted": 3, "only": 1}, "dnsbl": {"acted": 2, "only": 0}})");
    EXPECT_EQ(json_text(array_member(answer, "patterns")),
              R"([{"checks": ["trap", "dnsbl"], "sessions": 2}, )"
              R"({"checks": ["trap"], "sessions": 1}])");
  }
  EXPECT_EQ(ask("/v1/overlap?since=never").status, 400);
}

TEST_F(SeriesTest, WithoutAGateTheMetricsTellOfTheLedger) {
  const auto response = ask("/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("\ngatepost_ledger_well 1\n"));
  EXPECT_THAT(response.body, testing::Not(HasSubstr("gatepost_sessions_ended_total")));
}

TEST_F(SeriesTest, TheKeeperKeepsWhatItHasAtItsEnd) {
  Observation jailed{ObservationKind::sentenced, ClientKey(*Address::parse("192.0.2.7")), now_};
  jailed.sentence = {now_, now_ + 1h, 1h, 1, 1, CheckName::trap, "S1-1"};
  ledger_.observe(jailed);
  Settings settings;
  settings.mode = Mode::enforce;
  EXPECT_EQ(count_jailed(ledger_, settings, now_, [] { return true; }), 1u);
  EXPECT_EQ(count_jailed(ledger_, settings, now_ + 2h, [] { return true; }), 0u);
  settings.mode = Mode::observe;
  EXPECT_EQ(count_jailed(ledger_, settings, now_, [] { return true; }), 0u);
  {
    std::atomic<int> taken = 0;
    const SeriesKeeper keeper(ledger_,
                              {[this] { return now_; }, [] { return GateLevels{4}; },
                               [&] { return taken++ == 0 ? some_sessions() : StepCounts{}; },
                               [] { return std::make_shared<const Settings>(); }});
  }
  EXPECT_EQ(column("?of=sessions&step=hour&since=1h", "sessions"), "[null, 4]");
  EXPECT_EQ(column("?of=sessions_now&step=hour&since=1h", "sessions_now"), "[null, 4]");
}

}  // namespace
}  // namespace gatepost
