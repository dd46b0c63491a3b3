// Tests the limits of sessions.
#include "doors/proxy/session_counts.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Answer = SessionCounts::Answer;

ClientKey key(const char* text) { return ClientKey(*Address::parse(text)); }

TEST(SessionCounts, LimitsEachClient) {
  SessionCounts counts;
  LimitSettings limits;
  limits.sessions_per_address = 2;
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::welcome);
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::welcome);
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::too_many_of_client);
  EXPECT_EQ(counts.enter(key("192.0.2.2"), limits), Answer::welcome);
  counts.leave(key("192.0.2.1"));
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::welcome);
  EXPECT_EQ(counts.total(), 3u);
}

TEST(SessionCounts, TakesA64ForOneClient) {
  SessionCounts counts;
  LimitSettings limits;
  limits.sessions_per_address = 1;
  EXPECT_EQ(counts.enter(key("2001:db8::1"), limits), Answer::welcome);
  EXPECT_EQ(counts.enter(key("2001:db8::2"), limits), Answer::too_many_of_client);
  EXPECT_EQ(counts.enter(key("2001:db8:0:1::1"), limits), Answer::welcome);
}

TEST(SessionCounts, LimitsAllTogether) {
  SessionCounts counts;
  LimitSettings limits;
  limits.sessions = 2;
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::welcome);
  EXPECT_EQ(counts.enter(key("192.0.2.2"), limits), Answer::welcome);
  EXPECT_EQ(counts.enter(key("192.0.2.3"), limits), Answer::too_many);
  counts.leave(key("192.0.2.1"));
  counts.leave(key("192.0.2.2"));
  EXPECT_EQ(counts.total(), 0u);
}

TEST(SessionCounts, CountsThoseThatAreNotKnownYet) {
  SessionCounts counts;
  LimitSettings limits;
  limits.sessions = 2;
  limits.sessions_per_address = 1;
  EXPECT_EQ(counts.enter_unnamed(limits), Answer::welcome);
  EXPECT_EQ(counts.enter_unnamed(limits), Answer::welcome);
  EXPECT_EQ(counts.enter_unnamed(limits), Answer::too_many);
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::too_many);
  counts.leave_unnamed();
  EXPECT_EQ(counts.enter(key("192.0.2.1"), limits), Answer::welcome);
  EXPECT_EQ(counts.total(), 2u);
}

}  // namespace
}  // namespace gatepost
