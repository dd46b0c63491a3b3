// Implements ops/cli/mine_verb.h.
#include "ops/cli/mine_verb.h"

#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mining/log_years.h"
#include "mining/mine_logs.h"
#include "ops/cli/mine_events.h"
#include "ops/cli/output_file.h"
#include "ops/cli/progress_bar.h"
#include "wire/maillog/log_head.h"

namespace gatepost {
namespace {

WallTime wall_now() {
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

Duration zone_at(WallTime now) {
  const std::time_t seconds = epoch_milliseconds(now) / 1000;
  std::tm local{};
  if (!::localtime_r(&seconds, &local)) return {};
  return std::chrono::seconds(local.tm_gmtoff);
}

int complain_of(const std::string& path, Console& console) {
  fmt::print(console.err, "gatepost: {}: {}\n", escape(path, 1'000), std::strerror(errno));
  return kExitFailed;
}

// Hands each event on to several.
class EventFork : public EventSink {
 public:
  void add(EventSink& sink) { sinks_.push_back(&sink); }
  bool empty() const { return sinks_.empty(); }
  void heard(std::size_t log, std::uint64_t line, const LogEvent& event) override {
    for (auto* const sink : sinks_) sink->heard(log, line, event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

// The logs from the oldest on, by what they begin with and when they were last written to.
std::vector<std::string> in_order_of_time(std::vector<std::string> logs) {
  std::vector<std::pair<WallTime, std::string>> begun;
  for (auto& log : logs) {
    const auto first = log == "-" ? std::string() : first_line_of(log);
    std::error_code unknown;
    const auto written = std::filesystem::last_write_time(log, unknown);
    const auto ended = unknown ? wall_now()
                               : WallTime(std::chrono::duration_cast<Duration>(
                                     std::chrono::file_clock::to_sys(written).time_since_epoch()));
    const LogYears years({{0, first}}, ended, zone_at);
    const auto head = read_log_head(first, years.clock_at(0));
    begun.emplace_back(head ? head->time : kNever, std::move(log));
  }
  std::stable_sort(begun.begin(), begun.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  logs.clear();
  for (auto& [time, log] : begun) logs.push_back(std::move(log));
  return logs;
}

// One run of the verb.
class Mining {
 public:
  Mining(const CommandLine& line, const CliHooks& hooks, Console& console)
      : line_(line), hooks_(hooks), console_(console), bar_(console, line.json) {}

  int run() {
    logs_ = in_order_of_time(line_.mine.logs);
    if (!open_outputs()) return kExitFailed;
    const auto report = mine_logs(options(), sink_.empty() ? nullptr : &sink_,
                                  [&](const MineProgress& progress) { bar_.show(progress); });
    bar_.clear();
    if (!keep_outputs()) return kExitFailed;
    return show(report);
  }

 private:
  MineOptions options() const {
    MineOptions options;
    for (const auto& log : logs_) options.logs.push_back({log, 0});
    options.threads = line_.mine.threads > 0 ? line_.mine.threads
                                             : std::max(1u, std::thread::hardware_concurrency());
    options.now = wall_now();
    options.zone_at = zone_at;
    return options;
  }

  bool open_outputs() {
    if (line_.mine.events.empty()) return true;
    events_.emplace(line_.mine.events);
    if (!events_->opened()) {
      complain_of(events_->part(), console_);
      return false;
    }
    event_writer_.emplace(*events_, logs_);
    sink_.add(*event_writer_);
    return true;
  }

  bool keep_outputs() {
    if (!events_ || (event_writer_->finish() && events_->keep())) return true;
    complain_of(line_.mine.events, console_);
    return false;
  }

  int show(const MineReport& report) {
    int status = kExitDone;
    for (const auto& file : report.files) {
      if (file.trouble.empty()) continue;
      fmt::print(console_.err, "gatepost: {}\n", escape(file.trouble, 1'000));
      status = kExitFailed;
    }
    fmt::print(console_.out, "{} lines, {} events, {} unknown, {} clients, {} offenders, {} ms\n",
               report.all.lines, report.all.events, report.all.unknown, report.clients,
               report.offenders, report.took.count());
    return status;
  }

  const CommandLine& line_;
  const CliHooks& hooks_;
  Console& console_;
  ProgressBar bar_;
  std::vector<std::string> logs_;
  EventFork sink_;
  std::optional<OutputFile> events_;
  std::optional<EventWriter> event_writer_;
};

}  // namespace

int mine(const CommandLine& line, const CliHooks& hooks, Console& console) {
  if (line.mine.logs.empty() && line.mine.forget.empty()) {
    console.err << "gatepost: mine needs a log; see gatepost help mine\n";
    return kExitUsage;
  }
  return Mining(line, hooks, console).run();
}

}  // namespace gatepost
