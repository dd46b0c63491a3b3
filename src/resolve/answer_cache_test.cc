// Tests of resolve/answer_cache.h.
#include "resolve/answer_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Outcome = DnsAnswer::Outcome;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kNow{Duration(1'000'000)};
const DnsQuestion kQuestion{DnsType::a, "host.example"};

DnsAnswer found(const std::string& address) {
  return {Outcome::found, {*Address::parse(address)}, {}};
}

DnsAnswer nothing(Outcome outcome) { return {outcome, {}, {}}; }

// How long an answer with this TTL is remembered.
Duration kept(const DnsAnswer& answer, Duration ttl) {
  AnswerCache cache;
  cache.store(kQuestion, answer, ttl, kNow);
  Duration time{};
  while (cache.find(kQuestion, kNow + time)) time += seconds(1);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
  return time;
}

TEST(AnswerCache, RemembersByTypeAndName) {
  AnswerCache cache;
  EXPECT_EQ(cache.find(kQuestion, kNow), nullptr);
  cache.store(kQuestion, found("192.0.2.1"), minutes(5), kNow);
  ASSERT_NE(cache.find(kQuestion, kNow), nullptr);
  EXPECT_EQ(*cache.find(kQuestion, kNow), found("192.0.2.1"));
  EXPECT_EQ(cache.find({DnsType::aaaa, "host.example"}, kNow), nullptr);
  EXPECT_EQ(cache.find({DnsType::a, "other.example"}, kNow), nullptr);
}

TEST(AnswerCache, KeepsNothingShorterThanAMinuteOrLongerThanAnHour) {
  EXPECT_EQ(kept(found("192.0.2.1"), seconds(0)), minutes(1));
  EXPECT_EQ(kept(found("192.0.2.1"), minutes(5)), minutes(5));
  EXPECT_EQ(kept(found("192.0.2.1"), hours(24 * 365 * 68)), hours(1));
}

TEST(AnswerCache, KeepsNothingFoundForAShorterTime) {
  EXPECT_EQ(kept(nothing(Outcome::none), seconds(0)), minutes(1));
  EXPECT_EQ(kept(nothing(Outcome::none), minutes(5)), minutes(5));
  EXPECT_EQ(kept(nothing(Outcome::none), hours(1)), minutes(10));
}

TEST(AnswerCache, KeepsUnknownForAMomentWhateverItsTtl) {
  EXPECT_EQ(kept(nothing(Outcome::unknown), hours(1)), seconds(5));
}

TEST(AnswerCache, TheNewAnswerTakesThePlaceOfTheOld) {
  AnswerCache cache;
  cache.store(kQuestion, found("192.0.2.1"), minutes(5), kNow);
  const auto bytes = cache.bytes();
  cache.store(kQuestion, found("192.0.2.2"), minutes(5), kNow + minutes(4));
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.bytes(), bytes);
  ASSERT_NE(cache.find(kQuestion, kNow + minutes(8)), nullptr);
  EXPECT_EQ(*cache.find(kQuestion, kNow + minutes(8)), found("192.0.2.2"));
}

TEST(AnswerCache, WhenFullForgetsWhatWasNotAskedForTheLongest) {
  constexpr std::size_t kBytes = 64u << 10;
  AnswerCache cache(kBytes);
  cache.store(kQuestion, found("192.0.2.1"), hours(1), kNow);
  for (int i = 0; i < 5'000; ++i) {
    cache.store({DnsType::a, fmt::format("h{}.example", i)}, found("192.0.2.9"), hours(1), kNow);
    ASSERT_LE(cache.bytes(), kBytes);
    ASSERT_NE(cache.find(kQuestion, kNow), nullptr) << i;
  }
  EXPECT_GT(cache.size(), 100u);
  EXPECT_LT(cache.size(), 1'000u);
  EXPECT_EQ(cache.find({DnsType::a, "h0.example"}, kNow), nullptr);
  EXPECT_NE(cache.find({DnsType::a, "h4999.example"}, kNow), nullptr);
}

TEST(AnswerCache, DoesNotKeepWhatAloneIsTooMuch) {
  AnswerCache cache(1'000);
  DnsAnswer large{Outcome::found, {}, std::vector<std::string>(10, std::string(1'000, 'x'))};
  cache.store({DnsType::txt, "t.example"}, large, hours(1), kNow);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.find({DnsType::txt, "t.example"}, kNow), nullptr);
}

}  // namespace
}  // namespace gatepost
