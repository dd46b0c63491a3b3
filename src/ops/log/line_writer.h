// Writes lines to a descriptor on a thread of its own, many at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace gatepost {

// What comes after a quiet time is written at once; what comes within a tenth of a second after
// that, together at its end: who logs a thousand sessions a second wakes the thread ten times, and
// not a thousand. Reads the steady clock. Thread-safe; the destructor writes what waits.
class LineWriter {
 public:
  // At so many waiting lines the oldest are dropped, some at once, and counted.
  static constexpr std::size_t kWaitingMax = 8'192;

  explicit LineWriter(int descriptor);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // `line` without its newline. `at_once`: it and what waits before it is not kept waiting.
  void add(std::string_view line, bool at_once);
  std::uint64_t dropped() const;

 private:
  void run();
  void drop_oldest();

  const int descriptor_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::string waiting_;
  std::size_t lines_ = 0;
  std::uint64_t dropped_ = 0;
  bool idle_ = false;  // the thread sleeps until there is a line
  bool at_once_ = false;
  bool stop_ = false;

  std::thread thread_;  // last: begins when all else stands
};

}  // namespace gatepost
