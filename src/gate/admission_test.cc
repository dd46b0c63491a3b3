// Places: limits, and a flood that leaves room for others.
#include "gate/admission.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Answer = Admission::Answer;

ClientKey client(std::uint32_t bits) { return ClientKey(Address::v4(bits)); }

LimitSettings limits(std::uint32_t per_address) {
  LimitSettings limits;
  limits.sessions_per_address = per_address;
  return limits;
}

TEST(Admission, CountsEachAddress) {
  Admission admission(1);
  EXPECT_EQ(admission.enter(client(1), false, 100, limits(2)), Answer::welcome);
  EXPECT_EQ(admission.enter(client(1), false, 100, limits(2)), Answer::welcome);
  EXPECT_EQ(admission.enter(client(1), false, 100, limits(2)), Answer::too_many_of_client);
  EXPECT_EQ(admission.enter(client(2), false, 100, limits(2)), Answer::welcome);
  admission.leave(client(1));
  EXPECT_EQ(admission.enter(client(1), false, 100, limits(2)), Answer::welcome);
  EXPECT_EQ(admission.total(), 3u);
}

TEST(Admission, EndsWhereNoPlaceIsLeft) {
  Admission admission(1);
  EXPECT_EQ(admission.enter(client(1), false, 2, limits(9)), Answer::welcome);
  EXPECT_EQ(admission.enter_unnamed(2), Answer::welcome);
  EXPECT_EQ(admission.enter(client(2), true, 2, limits(9)), Answer::too_many);
  EXPECT_EQ(admission.enter_unnamed(2), Answer::too_many);
  admission.leave_unnamed();
  EXPECT_EQ(admission.enter(client(2), false, 2, limits(9)), Answer::welcome);
}

// Nearly all of a thousand places go to one /24. Its next client is turned away, one from elsewhere
// is not, and one that is known is not either.
TEST(Admission, InAFloodTheFullestNeighbourhoodWaitsOutside) {
  Admission admission(1);
  for (std::uint32_t i = 0; i < 980; ++i)
    ASSERT_EQ(admission.enter(client(0xc0000200 + i % 250), false, 1'000, limits(9)),
              Answer::welcome);
  EXPECT_TRUE(admission.stressed());
  EXPECT_EQ(admission.enter(client(0xc00002f0), false, 1'000, limits(9)),
            Answer::too_many_of_neighbourhood);
  EXPECT_EQ(admission.enter(client(0xc00002f0), true, 1'000, limits(9)), Answer::welcome);
  EXPECT_EQ(admission.enter(client(0xc6336401), false, 1'000, limits(9)), Answer::welcome);
}

TEST(Admission, IsCalmAgainOnlyWhenItIsWellBelow) {
  Admission admission(1);
  for (std::uint32_t i = 0; i < 98; ++i)
    ASSERT_EQ(admission.enter(client(i << 8), false, 100, limits(9)), Answer::welcome);
  for (std::uint32_t i = 0; i < 8; ++i) admission.leave(client(i << 8));
  EXPECT_TRUE(admission.stressed());
  admission.leave(client(8 << 8));
  EXPECT_FALSE(admission.stressed());
}

TEST(Admission, KnowsTheFullestWhenItsClientsHaveLeft) {
  Admission admission(1);
  for (std::uint32_t i = 0; i < 60; ++i)
    ASSERT_EQ(admission.enter(client(0xc0000200 + i), false, 100, limits(9)), Answer::welcome);
  for (std::uint32_t i = 0; i < 10; ++i)
    ASSERT_EQ(admission.enter(client(0xc6336400 + i), false, 100, limits(9)), Answer::welcome);
  for (std::uint32_t i = 0; i < 58; ++i) admission.leave(client(0xc0000200 + i));
  for (std::uint32_t i = 0; i < 86; ++i)
    ASSERT_EQ(admission.enter(client(i << 8), false, 100, limits(9)), Answer::welcome);
  ASSERT_TRUE(admission.stressed());
  EXPECT_EQ(admission.enter(client(0xc63364f0), false, 100, limits(9)),
            Answer::too_many_of_neighbourhood);
  EXPECT_EQ(admission.enter(client(0xc00002f0), false, 100, limits(9)), Answer::welcome);
}

}  // namespace
}  // namespace gatepost
