// Implements ops/journal/session_feed.h.
#include "ops/journal/session_feed.h"

#include <algorithm>

namespace gatepost {
namespace {

constexpr std::size_t kLinesMax = 1'024;

}  // namespace

void SessionFeed::push(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() < kLinesMax) {
    lines_.emplace_back(line);
  } else {
    lines_[end_ % kLinesMax] = line;
  }
  ++end_;
}

SessionFeed::Slice SessionFeed::read(std::uint64_t from) const {
  const std::lock_guard lock(mutex_);
  const auto oldest = end_ - lines_.size();
  Slice slice;
  slice.next = end_;
  if (from < oldest) slice.missed = oldest - from;
  for (auto number = std::clamp(from, oldest, end_); number < end_; ++number) {
    slice.lines.push_back(lines_[number % kLinesMax]);
  }
  return slice;
}

std::uint64_t SessionFeed::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace gatepost
