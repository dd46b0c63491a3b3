// Implements mining/log_at_work.h.
#include "mining/log_at_work.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace gatepost {
namespace {

constexpr std::uint64_t kSamplesMax = 4096;
constexpr std::uint64_t kSampleEach = 64u << 10;

// A sample is a line's beginning.
void take_sample(std::string_view lines, std::uint64_t offset,
                 std::vector<LogYears::Sample>& samples) {
  samples.push_back(
      {offset,
       std::string(lines.substr(0, std::min<std::size_t>({lines.find('\n'), 256, lines.size()})))});
}

// Half of what a log had may be left out, which leaves enough.
void thin_out(std::vector<LogYears::Sample>& samples) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples.size(); i += 2) samples[kept++] = std::move(samples[i]);
  samples.resize(kept);
}

}  // namespace

LogAtWork::LogAtWork(std::string name, std::uint64_t from, WallTime now,
                     std::function<Duration(WallTime)> zone_at)
    : from_(from), now_(now), zone_at_(std::move(zone_at)) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(name, unknown);
  if (!unknown) size_ = size;
  told_.name = std::move(name);
}

bool LogAtWork::next(LogBlock& block) {
  {
    const std::lock_guard lock(mutex_);
    if (!tried_ && !open()) return false;
    if (!bytes_) return false;
  }
  return bytes_->next(block);
}

bool LogAtWork::open() {
  tried_ = true;
  auto opened = LogBytes::open(told_.name);
  if (!opened) {
    told_.trouble = opened.error();
    return false;
  }
  bytes_ = std::move(opened).value();
  const auto written = bytes_->last_written();
  years_.emplace(samples(), written == kNever ? now_ : written, zone_at_);
  if (from_ > 0) bytes_->skip_to(from_);
  return true;
}

// Of a log that is compressed all has to be read for it, and only where its lines tell no year.
std::vector<LogYears::Sample> LogAtWork::samples() const {
  std::vector<LogYears::Sample> samples;
  const auto begins_with_month = [](std::string_view line) {
    return !line.empty() && line.front() >= 'A' && line.front() <= 'Z';
  };
  if (auto first = bytes_->line_behind(0); !first.empty()) {
    if (!begins_with_month(first)) return {};
    const auto size = bytes_->file_size();
    const auto each = std::max<std::uint64_t>(size / kSamplesMax, 4096);
    for (std::uint64_t at = 0; at < size; at += each)
      samples.push_back({at, bytes_->line_behind(at)});
    return samples;
  }
  if (!bytes_->can_be_opened_again()) return {};
  auto again = LogBytes::open(told_.name);
  if (!again) return {};
  LogBlock block;
  std::uint64_t each = kSampleEach;
  std::uint64_t wanted = 0;
  while ((*again)->next(block)) {
    if (samples.empty() && !begins_with_month(block.lines)) return {};
    while (wanted < block.offset + block.lines.size()) {
      const auto within = wanted > block.offset ? wanted - block.offset : 0;
      const auto line = within == 0 ? 0 : block.lines.find('\n', within) + 1;
      if (within == 0 || line > 0)
        take_sample(block.lines.substr(line), block.offset + line, samples);
      wanted += each;
    }
    if (samples.size() < 2 * kSamplesMax) continue;
    thin_out(samples);
    each *= 2;
  }
  return samples;
}

void LogAtWork::count(const MinedFile& block) {
  const std::lock_guard lock(mutex_);
  add_up(told_, block);
}

MinedFile LogAtWork::told() const {
  const std::lock_guard lock(mutex_);
  auto told = told_;
  if (bytes_ && told.trouble.empty() && !bytes_->trouble().empty())
    told.trouble = bytes_->trouble();
  return told;
}

std::uint64_t LogAtWork::read() const {
  const std::lock_guard lock(mutex_);
  if (!bytes_) return tried_ ? size_ : 0;
  return bytes_->read_of_file();
}

}  // namespace gatepost
