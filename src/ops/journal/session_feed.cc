// Implements ops/journal/session_feed.h.
#include "ops/journal/session_feed.h"

#include <algorithm>

namespace gatepost {
namespace {

constexpr std::size_t kLinesMax = 1'024;

}  // namespace

void SessionFeed::push(std::string line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
  if (lines_.size() > kLinesMax) lines_.pop_front();
  ++end_;
}

SessionFeed::Slice SessionFeed::read(std::uint64_t from) const {
  const std::lock_guard lock(mutex_);
  const auto oldest = end_ - lines_.size();
  Slice slice;
  slice.next = end_;
  if (from < oldest) slice.missed = oldest - from;
  const auto begin = std::clamp(from, oldest, end_) - oldest;
  slice.lines.assign(lines_.begin() + static_cast<std::ptrdiff_t>(begin), lines_.end());
  return slice;
}

std::uint64_t SessionFeed::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace gatepost
