// Tests of policy/greylist.h.
#include "policy/greylist.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using enum GreylistStage;

const WallTime kFirst = wall_time(1'700'000'000'000);

Record tried_at(WallTime first) {
  Record record;
  apply(record, {ObservationKind::begun_anew, {}, first});
  return record;
}

TEST(Greylist, ACorrespondenceGoesThroughItsStages) {
  const GreylistSettings settings;
  auto record = tried_at(kFirst);
  EXPECT_EQ(greylist_stage(settings, {}, kFirst), first);
  EXPECT_EQ(greylist_stage(settings, record, kFirst), early);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 5min - 1ms), early);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 5min), back);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 48h - 1ms), back);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 48h), first);
  apply(record, {ObservationKind::passed, {}, kFirst + 6min});
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 48h), known);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 6min + 36 * 24h - 1ms), known);
  EXPECT_EQ(greylist_stage(settings, record, kFirst + 6min + 36 * 24h), first);
}

TEST(Greylist, BegunAnewItWaitsAnew) {
  auto record = tried_at(kFirst);
  apply(record, {ObservationKind::begun_anew, {}, kFirst + 72h});
  EXPECT_EQ(greylist_stage({}, record, kFirst + 72h + 1min), early);
}

TEST(Greylist, ASenderIsTrustedAfterFiveThatCameAgain) {
  Record sender;
  for (int i = 0; i < 4; ++i) apply(sender, {ObservationKind::passed, {}, kFirst});
  EXPECT_FALSE(is_trusted_to_return({}, sender, kFirst));
  apply(sender, {ObservationKind::passed, {}, kFirst});
  EXPECT_TRUE(is_trusted_to_return({}, sender, kFirst));
  EXPECT_FALSE(is_trusted_to_return({}, sender, kFirst + 36 * 24h));
  GreylistSettings never;
  never.trust_after = 0;
  EXPECT_FALSE(is_trusted_to_return(never, sender, kFirst));
}

}  // namespace
}  // namespace gatepost
