// Tests of checks/dnsbl/watched_list.h.
#include "checks/dnsbl/watched_list.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

const Moment kNow{Instant(1h), wall_time(1'700'000'000'000)};
const Address kClient = *Address::parse("203.0.113.7");

Moment after(Duration duration) { return {kNow.instant + duration, kNow.wall + duration}; }

DnsblList list() {
  DnsblList list;
  list.zone = "list.example";
  return list;
}

TEST(LatencyCounts, KnowTheMeanAndWhatMostDoNotExceed) {
  LatencyCounts counts;
  EXPECT_EQ(counts.mean(), 0ms);
  EXPECT_EQ(counts.p95(), 0ms);
  for (int i = 0; i < 94; ++i) counts.add(20ms);
  for (int i = 0; i < 5; ++i) counts.add(21ms);
  counts.add(3s);
  EXPECT_EQ(counts.p95(), 50ms);
  EXPECT_EQ(counts.mean(), (94 * 20ms + 5 * 21ms + 3s) / 100);
  LatencyCounts slow;
  slow.add(1min);
  EXPECT_EQ(slow.p95(), 10s);
  LatencyCounts quick;
  quick.add(0ms);
  EXPECT_EQ(quick.p95(), 1ms);
}

TEST(WatchedList, AsksWithItsKey) {
  auto settings = list();
  settings.key = "secret";
  WatchedList watched(settings, kNow);
  EXPECT_EQ(watched.question_about(kClient, kNow), "7.113.0.203.secret.list.example");
  EXPECT_EQ(watched.question_at(listed_point(), ListForm::v4, kNow),
            "2.0.0.127.secret.list.example");
}

TEST(WatchedList, AsksNoMoreThanItsBudget) {
  auto settings = list();
  settings.queries = {3, 1h};
  WatchedList watched(settings, kNow);
  EXPECT_TRUE(watched.question_about(kClient, kNow));
  EXPECT_NE(watched.question_at(listed_point(), ListForm::v4, kNow), "") << "counts, too";
  EXPECT_TRUE(watched.question_about(kClient, after(59min)));
  EXPECT_FALSE(watched.question_about(kClient, after(59min)));
  EXPECT_NE(watched.question_at(listed_point(), ListForm::v4, after(59min)), "")
      << "is never withheld";
  EXPECT_EQ(watched.counts.asked, 2u);
  EXPECT_EQ(watched.counts.over_budget, 1u);
  EXPECT_TRUE(watched.question_about(kClient, after(1h))) << "a new hour";
}

TEST(WatchedList, AsksWithoutEndWhereThereIsNoBudget) {
  WatchedList watched(list(), kNow);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(watched.question_about(kClient, kNow));
  EXPECT_EQ(watched.counts.over_budget, 0u);
}

TEST(WatchedList, StaysTheSameUnlessItIsAskedOtherwise) {
  WatchedList watched(list(), kNow);
  auto next = list();
  next.points[0].points = -7;
  next.queries = {1, 1h};
  EXPECT_TRUE(watched.take(next));
  EXPECT_EQ(watched.settings().points, next.points);
  EXPECT_EQ(watched.settings().queries.count, 1u);
  for (const auto change : {+[](DnsblList& other) { other.zone = "other.example"; },
                            +[](DnsblList& other) { other.key = "key"; },
                            +[](DnsblList& other) { other.name = "name"; },
                            +[](DnsblList& other) { other.families = {ListForm::v4}; }}) {
    auto other = next;
    change(other);
    EXPECT_FALSE(watched.take(other));
    EXPECT_EQ(watched.settings().zone, next.zone);
  }
}

TEST(WatchedList, CountsAnswersByTheirKind) {
  using Kind = ListReply::Kind;
  WatchedList watched(list(), kNow);
  for (const auto kind :
       {Kind::unlisted, Kind::blank, Kind::refused, Kind::foreign, Kind::unknown, Kind::listed}) {
    watched.count({kind, {}, 100ms});
  }
  EXPECT_EQ(watched.counts.unlisted, 2u);
  EXPECT_EQ(watched.counts.errors, 2u);
  EXPECT_EQ(watched.counts.unknown, 1u);
  EXPECT_EQ(watched.counts.listed, 0u) << "that is for whoever knows whether it is believed";
  EXPECT_EQ(watched.counts.latency.mean(), 100ms);
}

}  // namespace
}  // namespace gatepost
