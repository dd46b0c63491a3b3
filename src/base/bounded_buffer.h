// A byte queue of fixed capacity: bytes go in at the back, are read in place and dropped in front.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/memory_blocks.h"

namespace gatepost {

// At the bound append() refuses and the owner stops reading its source: that is the back-pressure.
// Takes memory only while it holds bytes, and no more than they need but for a factor of four. Not
// for use by two threads at once.
template <std::size_t Capacity>
class BoundedBuffer {
 public:
  BoundedBuffer() = default;
  BoundedBuffer(const BoundedBuffer&) = delete;
  BoundedBuffer& operator=(const BoundedBuffer&) = delete;
  ~BoundedBuffer() { clear(); }

  static constexpr std::size_t capacity() { return Capacity; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t room() const { return Capacity - size(); }

  // The waiting bytes; valid until the next call that is not const.
  std::string_view view() const { return {bytes_ + begin_, size()}; }

  // All or nothing: false, and nothing changed, where `bytes` do not fit.
  [[nodiscard]] bool append(std::string_view bytes) {
    if (bytes.size() > room()) return false;
    if (bytes.empty()) return true;
    make_contiguous_room(bytes.size());
    std::memcpy(bytes_ + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
    return true;
  }

  void drop_front(std::size_t count) {
    assert(count <= size());
    begin_ += count;
    if (begin_ == end_) clear();
  }

  void clear() {
    if (bytes_ != nullptr) MemoryBlocks::give_back(bytes_, room_);
    bytes_ = nullptr;
    begin_ = end_ = room_ = 0;
  }

 private:
  void make_contiguous_room(std::size_t count) {
    if (end_ + count <= room_) return;
    if (size() + count <= room_) {
      std::memmove(bytes_, bytes_ + begin_, size());
    } else {
      const auto room = MemoryBlocks::size_for(size() + count, Capacity);
      char* const bytes = MemoryBlocks::take(room);
      if (bytes_ != nullptr) {
        std::memcpy(bytes, bytes_ + begin_, size());
        MemoryBlocks::give_back(bytes_, room_);
      }
      bytes_ = bytes;
      room_ = room;
    }
    end_ = size();
    begin_ = 0;
  }

  char* bytes_ = nullptr;
  std::size_t room_ = 0;  // of bytes_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gatepost
