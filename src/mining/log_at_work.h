// One of the logs while it is mined.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "mining/log_bytes.h"
#include "mining/log_years.h"
#include "mining/mine_report.h"

namespace gatepost {

// Any thread may take blocks; whoever comes first opens it.
class LogAtWork {
 public:
  LogAtWork(std::string name, std::uint64_t from, WallTime now,
            std::function<Duration(WallTime)> zone_at);

  // False at the end, or where it cannot be read.
  bool next(LogBlock& block);
  LogClock clock_at(std::uint64_t offset) const { return years_->clock_at(offset); }

  // What one block had in it.
  void count(const MinedFile& block);
  MinedFile told() const;
  std::uint64_t read() const;
  std::uint64_t size() const { return size_; }

 private:
  bool open();
  std::vector<LogYears::Sample> samples() const;

  const std::uint64_t from_;
  const WallTime now_;
  const std::function<Duration(WallTime)> zone_at_;
  mutable std::mutex mutex_;
  std::unique_ptr<LogBytes> bytes_;  // null: not opened yet, or cannot be
  bool tried_ = false;
  std::uint64_t size_ = 0;
  std::optional<LogYears> years_;
  MinedFile told_;
};

}  // namespace gatepost
