// Implements ops/log/line_writer.h.
#include "ops/log/line_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace gatepost {
namespace {

constexpr auto kGathering = std::chrono::milliseconds(100);
constexpr std::size_t kDroppedTogether = 1'024;
// Memory that a rush has taken is given back behind it.
constexpr std::size_t kRoomKept = std::size_t{1} << 20;

// Where the reader has gone nothing can be said, and mail must not wait for it.
void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

LineWriter::LineWriter(int descriptor) : descriptor_(descriptor), thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LineWriter::add(std::string_view line, bool at_once) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (lines_ == kWaitingMax) drop_oldest();
    (waiting_ += line) += '\n';
    ++lines_;
    wake = std::exchange(idle_, false) || (at_once && !at_once_);
    at_once_ |= at_once;
  }
  if (wake) wake_.notify_one();
}

void LineWriter::drop_oldest() {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kDroppedTogether; ++i) end = waiting_.find('\n', end) + 1;
  waiting_.erase(0, end);
  lines_ -= kDroppedTogether;
  dropped_ += kDroppedTogether;
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void LineWriter::run() {
  std::string writing;
  std::unique_lock lock(mutex_);
  while (true) {
    idle_ = true;
    wake_.wait(lock, [&] { return stop_ || lines_ > 0; });
    idle_ = false;
    if (lines_ == 0) return;
    std::swap(writing, waiting_);
    lines_ = 0;
    at_once_ = false;
    lock.unlock();
    write_all(descriptor_, writing);
    writing.clear();
    if (writing.capacity() > kRoomKept) std::string().swap(writing);
    lock.lock();
    wake_.wait_for(lock, kGathering, [&] { return stop_ || at_once_; });
  }
}

}  // namespace gatepost
