// Tests the sizes of blocks, and taking and returning them on two threads.
#include "base/memory_blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace gatepost {
namespace {

TEST(MemoryBlocks, GivesTheSmallestThatDoes) {
  EXPECT_EQ(MemoryBlocks::size_for(1, 64 * 1024), 1024u);
  EXPECT_EQ(MemoryBlocks::size_for(1024, 64 * 1024), 1024u);
  EXPECT_EQ(MemoryBlocks::size_for(1025, 64 * 1024), 4096u);
  EXPECT_EQ(MemoryBlocks::size_for(1025, 2000), 2000u);
  EXPECT_EQ(MemoryBlocks::size_for(70'000, 100'000), 100'000u);
  EXPECT_EQ(MemoryBlocks::size_for(3, 17), 17u);
}

TEST(MemoryBlocks, AreAllThere) {
  for (const std::size_t size : {std::size_t{17}, std::size_t{1024}, std::size_t{65'536}}) {
    for (int round = 0; round < 3; ++round) {
      char* const block = MemoryBlocks::take(size);
      std::memset(block, round, size);
      MemoryBlocks::give_back(block, size);
    }
  }
}

TEST(MemoryBlocks, MayBeReturnedByAnotherThread) {
  char* const block = MemoryBlocks::take(4096);
  std::memset(block, 1, 4096);
  std::thread([=] { MemoryBlocks::give_back(block, 4096); }).join();
}

}  // namespace
}  // namespace gatepost
