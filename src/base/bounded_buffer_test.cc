// Tests of base/bounded_buffer.h.
#include "base/bounded_buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace gatepost {
namespace {

TEST(BoundedBuffer, TakesAllOrNothing) {
  BoundedBuffer<4> buffer;
  EXPECT_TRUE(buffer.append("abc"));
  EXPECT_FALSE(buffer.append("de"));
  EXPECT_EQ(buffer.view(), "abc");
  EXPECT_TRUE(buffer.append("d"));
  EXPECT_EQ(buffer.room(), 0u);
  EXPECT_TRUE(buffer.append(""));
  EXPECT_FALSE(buffer.append("e"));
  EXPECT_EQ(buffer.view(), "abcd");
}

TEST(BoundedBuffer, MovesWhatWaitsToMakeRoom) {
  BoundedBuffer<4> buffer;
  ASSERT_TRUE(buffer.append("abcd"));
  buffer.drop_front(3);
  EXPECT_TRUE(buffer.append("efg"));
  EXPECT_EQ(buffer.view(), "defg");
}

TEST(BoundedBuffer, ClearsWhole) {
  BoundedBuffer<4> buffer;
  ASSERT_TRUE(buffer.append("abcd"));
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.room(), 4u);
}

TEST(BoundedBuffer, BehavesLikeAString) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    BoundedBuffer<17> buffer;
    std::string model;
    for (int step = 0; step < 500; ++step) {
      if (random() % 2 == 0) {
        const std::string bytes(random() % 12, static_cast<char>('a' + step % 26));
        const bool fits = model.size() + bytes.size() <= buffer.capacity();
        ASSERT_EQ(buffer.append(bytes), fits);
        if (fits) model += bytes;
      } else {
        const auto count = random() % (model.size() + 1);
        buffer.drop_front(count);
        model.erase(0, count);
      }
      ASSERT_EQ(buffer.view(), model);
      ASSERT_EQ(buffer.room(), buffer.capacity() - model.size());
    }
  }
}

}  // namespace
}  // namespace gatepost
