// Implements mining/mine_logs.h.
#include "mining/mine_logs.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "mining/client_table.h"
#include "mining/hourly_counts.h"
#include "mining/log_at_work.h"
#include "mining/report_of.h"
#include "wire/maillog/journal_export.h"
#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr auto kProgressEach = 200ms;
// Blocks that were read before those in front of them have been heard.
constexpr std::size_t kAheadOfEachThread = 4;
constexpr std::size_t kSampledOfBlock = 2;

struct HeardEvent {
  std::uint64_t line;  // within the block, from 1
  LogEvent event;
};

// A block, and what was read in it.
struct ReadBlock {
  std::size_t log = 0;
  std::uint64_t number = 0;  // in the order of all blocks, where one is needed
  LogBlock block;
  std::uint64_t lines = 0;
  std::vector<HeardEvent> events;
};

// Calls `line` with each, without its end.
template <typename Line>
void each_line(std::string_view lines, const Line& line) {
  while (!lines.empty()) {
    const auto* const end = static_cast<const char*>(std::memchr(lines.data(), '\n', lines.size()));
    const auto length = end ? static_cast<std::size_t>(end - lines.data()) : lines.size();
    auto text = lines.substr(0, length);
    if (text.ends_with('\r')) text.remove_suffix(1);
    line(text);
    lines.remove_prefix(std::min(length + 1, lines.size()));
  }
}

// The same with the entries of a journal, and the lines that each is long.
template <typename Entry>
void each_entry(std::string_view entries, const Entry& entry) {
  while (!entries.empty()) {
    const auto end = JournalEntryEnd().find(entries).value_or(entries.size());
    const auto text = entries.substr(0, end);
    entry(text, static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
    entries.remove_prefix(end);
  }
}

std::string_view message_of(std::string_view entry) {
  const auto read = read_journal_entry(entry);
  return read ? read->head.text : std::string_view();
}

// What one thread counts.
struct Counts {
  std::array<std::uint64_t, kEventKinds> by_kind{};
  HourlyCounts hours;
  std::vector<std::string> unknown_lines;
};

class Miner {
 public:
  Miner(const MineOptions& options, EventSink* sink) : options_(options), sink_(sink) {
    for (const auto& input : options.logs)
      logs_.push_back(
          std::make_unique<LogAtWork>(input.name, input.from, options.now, options.zone_at));
  }

  MineReport run(const std::function<void(const MineProgress&)>& progress) {
    const auto began = std::chrono::steady_clock::now();
    const auto threads = std::max(1u, options_.threads);
    counts_.resize(threads);
    at_work_ = threads;
    std::vector<std::jthread> workers;
    const Stop stop{*this};  // should what hears of the events throw
    for (unsigned number = 0; number < threads; ++number)
      workers.emplace_back([this, number] { work(number); });
    wait(progress);
    workers.clear();
    if (failure_) std::rethrow_exception(failure_);
    auto report = told();
    report.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
    return report;
  }

 private:
  struct Stop {
    Miner& miner;
    ~Stop() {
      const std::lock_guard lock(miner.mutex_);
      miner.stopped_ = true;
      miner.changed_.notify_all();
    }
  };

  void work(unsigned number) {
    std::exception_ptr failure;
    try {
      read_logs(counts_[number]);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (failure) {
      failure_ = failure;
      stopped_ = true;
    }
    --at_work_;
    changed_.notify_all();
  }

  void read_logs(Counts& counts) {
    ReadBlock read;
    if (sink_) {
      while (take_in_order(read)) hand_over(std::move(read), counts);
    } else {
      std::size_t own = 0;
      while (take_any(read, own)) read_block(read, counts);
    }
  }

  // Each thread has a log of its own (one more than its number) while there are such; then it helps
  // with those of others.
  bool take_any(ReadBlock& read, std::size_t& own) {
    while (true) {
      if (own > 0 && logs_[own - 1]->next(read.block)) {
        read.log = own - 1;
        return true;
      }
      if (next_log_ < logs_.size()) {
        own = ++next_log_;
        if (own <= logs_.size()) continue;
      }
      own = 0;
      for (std::size_t log = 0; log < logs_.size(); ++log) {
        if (!logs_[log]->next(read.block)) continue;
        read.log = log;
        return true;
      }
      return false;
    }
  }

  bool take_in_order(ReadBlock& read) {
    std::unique_lock lock(mutex_);
    const auto ahead = kAheadOfEachThread * counts_.size();
    changed_.wait(lock, [&] { return stopped_ || taken_ < heard_ + ahead; });
    while (!stopped_ && log_ < logs_.size()) {
      if (logs_[log_]->next(read.block)) {
        read.log = log_;
        read.number = taken_++;
        return true;
      }
      ++log_;
    }
    return false;
  }

  void hand_over(ReadBlock&& read, Counts& counts) {
    read_block(read, counts);
    const std::lock_guard lock(mutex_);
    ready_.emplace(read.number, std::move(read));
    read = {};
    changed_.notify_all();
  }

  void read_block(ReadBlock& read, Counts& counts);
  void heard(const LogEvent& event, Counts& counts, MinedFile& block);
  void wait(const std::function<void(const MineProgress&)>& progress);
  void hear(const ReadBlock& read);
  void tell(const std::function<void(const MineProgress&)>& progress) const;
  MineReport told();

  const MineOptions& options_;
  EventSink* const sink_;
  std::vector<std::unique_ptr<LogAtWork>> logs_;
  std::vector<Counts> counts_;
  ClientTable clients_;
  std::atomic<std::size_t> next_log_ = 0;
  std::atomic<std::uint64_t> lines_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned at_work_ = 0;
  bool stopped_ = false;
  std::exception_ptr failure_;
  // Where an order is needed: the log that is read, blocks by their number, and what they had.
  std::size_t log_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t heard_ = 0;
  std::map<std::uint64_t, ReadBlock> ready_;
  std::vector<std::uint64_t> lines_before_;
};

void Miner::read_block(ReadBlock& read, Counts& counts) {
  auto& log = *logs_[read.log];
  MailLogReader reader(log.clock_at(read.block.offset));
  auto lines = read.block.lines;
  if (options_.whole_lines_only && !read.block.is_journal)
    lines = lines.substr(0, lines.rfind('\n') + 1);
  MinedFile told;
  told.bytes = lines.size();
  told.end = read.block.offset + lines.rfind('\n') + 1;
  std::size_t sampled = 0;
  const auto take = [&](const auto& line, const std::optional<LogEvent>& event) {
    if (event) {
      heard(*event, counts, told);
      if (sink_) read.events.push_back({told.lines, *event});
    } else if (const std::string_view text = line(); !text.empty()) {
      ++told.unknown;
      if (sampled++ < kSampledOfBlock) keep_sample(text, counts.unknown_lines);
    }
  };
  if (read.block.is_journal) {
    each_entry(lines, [&](std::string_view entry, std::uint64_t length) {
      ++told.lines;
      take([&] { return message_of(entry); }, reader.read_entry(entry));
      told.lines += std::max<std::uint64_t>(length, 1) - 1;
    });
  } else {
    each_line(lines, [&](std::string_view line) {
      ++told.lines;
      take([&] { return line; }, line.size() > kLogLineMax ? std::nullopt : reader.read(line));
    });
  }
  read.lines = told.lines;
  lines_ += told.lines;
  log.count(told);
}

void Miner::heard(const LogEvent& event, Counts& counts, MinedFile& block) {
  ++block.events;
  ++counts.by_kind[static_cast<std::size_t>(event.kind)];
  if (event.time != kNever) {
    if (block.first == kNever || event.time < block.first) block.first = event.time;
    block.last = std::max(block.last, event.time);
  }
  // spamd's client is who asked it: a mail server of ours.
  if (event.client && event.server != MailServer::spamd)
    clients_.add(*event.client, event.kind, event.count, event.time);
  counts.hours.add(event);
}

void Miner::wait(const std::function<void(const MineProgress&)>& progress) {
  lines_before_.assign(logs_.size(), 0);
  auto told = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (at_work_ > 0 || (!ready_.empty() && !failure_)) {
    const auto next = ready_.find(heard_);
    if (next != ready_.end()) {
      const auto read = std::move(next->second);
      ready_.erase(next);
      lock.unlock();
      hear(read);
      lock.lock();
      ++heard_;
      changed_.notify_all();
    } else {
      changed_.wait_for(lock, kProgressEach,
                        [&] { return at_work_ == 0 || ready_.contains(heard_); });
    }
    if (const auto now = std::chrono::steady_clock::now(); now - told >= kProgressEach) {
      told = now;
      lock.unlock();
      tell(progress);
      lock.lock();
    }
  }
}

void Miner::hear(const ReadBlock& read) {
  auto& before = lines_before_[read.log];
  for (const auto& [line, event] : read.events) sink_->heard(read.log, before + line, event);
  before += read.lines;
}

void Miner::tell(const std::function<void(const MineProgress&)>& progress) const {
  if (!progress) return;
  MineProgress told;
  bool all_known = true;
  for (const auto& log : logs_) {
    told.read += log->read();
    told.size += log->size();
    all_known = all_known && log->size() > 0;
  }
  if (!all_known) told.size = 0;
  told.lines = lines_;
  progress(told);
}

MineReport Miner::told() {
  MineReport report;
  HourlyCounts hours;
  for (const auto& counts : counts_) {
    for (std::size_t i = 0; i < kEventKinds; ++i) report.by_kind[i] += counts.by_kind[i];
    hours.add(counts.hours);
    for (const auto& line : counts.unknown_lines) keep_sample(line, report.unknown_lines);
  }
  for (const auto& log : logs_) {
    report.files.push_back(log->told());
    add_up(report.all, report.files.back());
  }
  hours.tell(kTimelineSteps, report);
  tell_clients(clients_, options_.systems, options_.offenders_max, report);
  return report;
}

}  // namespace

MineReport mine_logs(const MineOptions& options, EventSink* sink,
                     const std::function<void(const MineProgress&)>& progress) {
  return Miner(options, sink).run(progress);
}

std::string beginning_of(const std::string& name) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(name, unknown)) return {};
  auto log = LogBytes::open(name);
  LogBlock block;
  if (!log || !(*log)->next(block)) return {};
  const auto whole = block.lines.substr(0, block.lines.rfind('\n') + 1);
  LogTimes times(LogClock{}, Years::nearest_to_now);
  for (std::size_t end = 0; end < whole.size();) {
    const auto begin = end;
    end = whole.find('\n', begin) + 1;
    if (read_any_log_head(whole.substr(begin, end - 1 - begin), times).time != kNever)
      return std::string(whole.substr(0, end));
  }
  return std::string(whole);
}

}  // namespace gatepost
