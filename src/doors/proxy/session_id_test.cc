// Tests the names of sessions.
#include "doors/proxy/session_id.h"

#include <gtest/gtest.h>

#include <set>

namespace gatepost {
namespace {

constexpr WallTime kNow = wall_time(1'780'000'000'000);

TEST(SessionIds, AreOneWordOfThirteenLetters) {
  SessionIds ids;
  const auto id = ids.next(kNow);
  EXPECT_EQ(id.size(), 13u);
  EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos) << id;
}

TEST(SessionIds, SortByTimeAlsoWithinAMillisecondAndWhenTheClockIsSetBack) {
  SessionIds ids;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    const auto now = kNow + Duration(i / 1000) - (i > 5000 ? std::chrono::hours(1) : Duration(0));
    const auto id = ids.next(now);
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(SessionIds, TellTheTime) {
  EXPECT_LT(SessionIds().next(kNow), SessionIds().next(kNow + Duration(1)));
  EXPECT_EQ(SessionIds().next(kNow).substr(0, 8), SessionIds().next(kNow).substr(0, 8));
}

TEST(SessionIds, AreNotTheSameAfterARestart) {
  std::set<std::string> firsts;
  for (int i = 0; i < 100; ++i) firsts.insert(SessionIds().next(kNow));
  EXPECT_GE(firsts.size(), 99u);  // of two million: two may meet once in four hundred runs
}

}  // namespace
}  // namespace gatepost
