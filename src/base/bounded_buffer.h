// A byte queue of fixed capacity: bytes go in at the back, are read in place and dropped in front.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace gatepost {

// Never grows and never allocates. At the bound append() refuses and the owner stops reading its
// source: that is the back-pressure. Not for use by two threads at once.
template <std::size_t Capacity>
class BoundedBuffer {
 public:
  static constexpr std::size_t capacity() { return Capacity; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t room() const { return Capacity - size(); }

  // The waiting bytes; valid until the next call that is not const.
  std::string_view view() const { return {bytes_.data() + begin_, size()}; }

  // All or nothing: false, and nothing changed, where `bytes` do not fit.
  [[nodiscard]] bool append(std::string_view bytes) {
    if (bytes.size() > room()) return false;
    if (bytes.empty()) return true;
    make_contiguous_room(bytes.size());
    std::memcpy(bytes_.data() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
    return true;
  }

  void drop_front(std::size_t count) {
    assert(count <= size());
    begin_ += count;
    if (begin_ == end_) clear();
  }

  void clear() { begin_ = end_ = 0; }

 private:
  void make_contiguous_room(std::size_t count) {
    if (end_ + count <= Capacity) return;
    std::memmove(bytes_.data(), bytes_.data() + begin_, size());
    end_ = size();
    begin_ = 0;
  }

  std::array<char, Capacity> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gatepost
