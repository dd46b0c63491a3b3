// Implements base/memory_blocks.h.
#include "base/memory_blocks.h"

#include <algorithm>

namespace gatepost {
namespace {

#ifdef __has_feature
#define GATEPOST_HAS_FEATURE(name) __has_feature(name)
#else
#define GATEPOST_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || GATEPOST_HAS_FEATURE(address_sanitizer)
constexpr std::size_t kKept = 0;  // who uses a block that it gave back is caught
#else
constexpr std::size_t kKept = 256 * 1024;  // bytes of each size
#endif

using Block = std::unique_ptr<char[]>;

struct Kept {
  std::array<std::vector<Block>, MemoryBlocks::kSizes.size()> of_size;
};

// Null for sizes that are not kept.
std::vector<Block>* kept(std::size_t size) {
  static thread_local Kept blocks;
  const auto& sizes = MemoryBlocks::kSizes;
  const auto found = std::find(sizes.begin(), sizes.end(), size);
  return found == sizes.end() ? nullptr
                              : &blocks.of_size[static_cast<std::size_t>(found - sizes.begin())];
}

}  // namespace

char* MemoryBlocks::take(std::size_t size) {
  auto* const blocks = kept(size);
  if (blocks == nullptr || blocks->empty())
    return std::make_unique_for_overwrite<char[]>(size).release();
  auto* const block = blocks->back().release();
  blocks->pop_back();
  return block;
}

void MemoryBlocks::give_back(char* block, std::size_t size) {
  Block owned(block);
  auto* const blocks = kept(size);
  if (blocks != nullptr && (blocks->size() + 1) * size <= kKept)
    blocks->push_back(std::move(owned));
}

}  // namespace gatepost
