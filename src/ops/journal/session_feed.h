// The sessions that ended last, for those who follow along.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// Keeps the last 1,024 lines; who reads too seldom misses some and is told how many. Thread-safe.
class SessionFeed {
 public:
  void push(std::string_view line);

  struct Slice {
    std::vector<std::string> lines;
    std::uint64_t next = 0;    // where to read on
    std::uint64_t missed = 0;  // that were gone already
  };
  // The lines from number `from` on; the first line ever has number 0.
  Slice read(std::uint64_t from) const;

  // The number that the next line will have.
  std::uint64_t end() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // a ring once it is full: number n stands at n % its size
  std::uint64_t end_ = 0;
};

}  // namespace gatepost
