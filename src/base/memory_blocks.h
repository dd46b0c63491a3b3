// Blocks of memory for bytes that stay for a moment: kept by the thread that returns them, for its
// next.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace gatepost {

// A few sizes, and of each so many blocks kept as one thread may well need at a time. Any thread; a
// block may be returned by another than took it.
class MemoryBlocks {
 public:
  static constexpr std::array<std::size_t, 4> kSizes{1024, 4096, 16 * 1024, 64 * 1024};
  // The smallest of kSizes with room for `count`, or `most` where that does or is less.
  static constexpr std::size_t size_for(std::size_t count, std::size_t most) {
    for (const auto size : kSizes) {
      if (count <= size) return size < most ? size : most;
    }
    return most;
  }

  // Its bytes are whatever they are. `size` is what size_for() gave.
  static char* take(std::size_t size);
  static void give_back(char* block, std::size_t size);
};

}  // namespace gatepost
