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
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "gate/scratch_ledger.h"
#include "mining/log_years.h"
#include "mining/mine_logs.h"
#include "mining/mined_sessions.h"
#include "mining/session_sink.h"
#include "mining/sessions_in_order.h"
#include "ops/cli/gate_link.h"
#include "ops/cli/line_file.h"
#include "ops/cli/mine_apply.h"
#include "ops/cli/mine_lines.h"
#include "ops/cli/mined_link.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/settings_file.h"
#include "ops/cli/what_if.h"
#include "ops/mine_report/mine_json.h"
#include "ops/mine_report/mine_page.h"
#include "ops/mine_report/mine_text.h"
#include "settings/read_settings.h"
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
    auto first = beginning_of(log);
    if (!first.empty()) first.pop_back();
    first.erase(0, first.rfind('\n') + 1);
    std::error_code unknown;
    const auto written = std::filesystem::last_write_time(log, unknown);
    const auto ended = unknown ? wall_now()
                               : WallTime(std::chrono::duration_cast<Duration>(
                                     std::chrono::file_clock::to_sys(written).time_since_epoch()));
    const LogYears years({{0, first}}, ended, zone_at);
    LogTimes times(years.clock_at(0), Years::nearest_to_now);
    begun.emplace_back(read_any_log_head(first, times).time, std::move(log));
  }
  std::stable_sort(begun.begin(), begun.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  logs.clear();
  for (auto& [time, log] : begun) logs.push_back(std::move(log));
  return logs;
}

class EventWriter : public EventSink {
 public:
  EventWriter(LineFile& file, const std::vector<std::string>& logs) : file_(file), logs_(logs) {}
  void heard(std::size_t log, std::uint64_t line, const LogEvent& event) override {
    file_.add(event_json(logs_[log], line, event));
  }

 private:
  LineFile& file_;
  const std::vector<std::string>& logs_;
};

// For sessions whose own verdicts nobody reads.
class ForgetfulLedger final : public ScratchLedger {
 public:
  ForgetfulLedger() : ScratchLedger(nullptr) {}
  void observe(const Observation&) override {}
  void learn(const std::vector<Observation>&, const ToldMessage&) override {}
};

// Sessions in order, and the ledger that learns from them.
struct Told {
  Told(const std::shared_ptr<const Settings>& settings, std::shared_ptr<Ledger> learns,
       std::function<void(const MinedSession&)> told)
      : ledger(std::move(learns)),
        in_order(std::move(told)),
        sessions(settings, *ledger,
                 [this](MinedSession session) { in_order.add(std::move(session)); }),
        maker(sessions) {}

  void end() {
    sessions.end();
    in_order.end();
  }

  const std::shared_ptr<Ledger> ledger;
  SessionsInOrder in_order;
  MinedSessions sessions;
  SessionSink maker;
};

// One run over the logs that changes nothing.
class Mining {
 public:
  Mining(const CommandLine& line, const CliHooks& hooks, Console& console, MineOptions options,
         std::shared_ptr<const Settings> settings)
      : line_(line),
        hooks_(hooks),
        console_(console),
        options_(std::move(options)),
        settings_(std::move(settings)),
        bar_(console, line.json) {
    for (const auto& log : options_.logs) logs_.push_back(log.name);
  }

  int run() {
    if (const int opened = open_files(); opened != kExitDone) return opened;
    if (const int begun = begin_sessions(); begun != kExitDone) return begun;
    if (events_) fork_.add(event_writer_.emplace(*events_, logs_));
    auto report = mine_logs(options_, fork_.empty() ? nullptr : &fork_,
                            [&](const MineProgress& progress) { bar_.show(progress); });
    bar_.clear();
    if (told_) told_->end();
    if (asked_) asked_->end();
    if (scratch_ && !scratch_->health().well) return complain_of_scratch(*scratch_, console_);
    if (asked_) tell_what_if(report);
    return show(report);
  }

 private:
  bool may_be_written(const std::string& path) {
    return gatepost::may_be_written(path, logs_, "one of the logs", console_);
  }

  int open_files() {
    const auto& asked = line_.mine;
    if (!may_be_written(asked.events) || !may_be_written(asked.sessions) ||
        !may_be_written(asked.html))
      return kExitUsage;
    const auto open = [&](const std::string& path, std::optional<LineFile>& file) {
      if (path.empty() || file.emplace(path).opened()) return true;
      file->complain(console_);
      return false;
    };
    const bool all = open(line_.mine.events, events_) &&
                     open(line_.mine.sessions, session_lines_) && open(line_.mine.html, page_);
    return all ? kExitDone : kExitFailed;
  }

  int begin_sessions() {
    if (!session_lines_ && !line_.mine.what_if) return kExitDone;
    auto scratch = hooks_.open_scratch_ledger();
    if (!scratch) {
      fmt::print(console_.err, "gatepost: {}\n", scratch.error());
      return kExitFailed;
    }
    scratch_ = std::move(scratch).value();
    if (line_.mine.what_if) asked_.emplace(*settings_, *scratch_);
    told_.emplace(settings_, asked_ ? std::make_shared<ForgetfulLedger>() : scratch_,
                  [this](const MinedSession& session) { tell(session); });
    fork_.add(told_->maker);
    return kExitDone;
  }

  // With what the gate would have decided, where that is asked for.
  void tell(const MinedSession& session) {
    if (!asked_) return session_lines_->add(mined_session_json(session));
    auto verdict = asked_->add(session);
    if (!session_lines_) return;
    auto judged = session;
    judged.summary.verdict = std::move(verdict);
    session_lines_->add(mined_session_json(judged));
  }

  void tell_what_if(MineReport& report) const {
    auto what_if = asked_->sums();
    for (const auto& client : report.worst) {
      auto jailed = asked_->first_jailed(ClientKey(client.address));
      if (!jailed) continue;
      jailed->address = client.address;  // of IPv6 the /64 is jailed
      what_if.first_jailed.push_back(*std::move(jailed));
    }
    report.what_if = std::move(what_if);
  }

  int show(const MineReport& report) {
    if (page_) page_->add(mine_page(report));
    for (auto* const file : {&events_, &session_lines_, &page_}) {
      if (*file && !(*file)->keep()) return (*file)->complain(console_);
    }
    int status = kExitDone;
    for (const auto& file : report.files) {
      if (file.trouble.empty()) continue;
      fmt::print(console_.err, "gatepost: {}: {}\n", escape(file.name, 1'000),
                 escape(file.trouble));
      status = kExitFailed;
    }
    if (line_.json) {
      console_.out << mine_json(report) << '\n';
    } else {
      console_.out << render_mine(report, {.apply = false, .html = page_.has_value()},
                                  console_.colour);
    }
    return status;
  }

  const CommandLine& line_;
  const CliHooks& hooks_;
  Console& console_;
  const MineOptions options_;
  const std::shared_ptr<const Settings> settings_;
  ProgressBar bar_;
  std::vector<std::string> logs_;
  std::optional<LineFile> events_;
  std::optional<LineFile> session_lines_;
  std::optional<LineFile> page_;
  std::shared_ptr<Ledger> scratch_;
  std::optional<WhatIfReplay> asked_;
  std::optional<Told> told_;
  std::optional<EventWriter> event_writer_;
  EventFork fork_;
};

// What is asked for, or why it cannot be done in one run.
Status one_thing_of(const MineArguments& asked) {
  if (!asked.forget.empty() && (!asked.logs.empty() || asked.apply))
    return Error{"mine --forget goes alone"};
  if (asked.forget.empty() && asked.logs.empty()) return Error{"mine needs a log"};
  if (!asked.apply) return Done{};
  if (asked.what_if || !asked.events.empty() || !asked.sessions.empty() || !asked.html.empty())
    return Error{"mine --apply goes without --what-if, --html, --events and --sessions"};
  const auto is_no_file = [](const std::string& log) {
    std::error_code unknown;
    return log == "-" || std::filesystem::is_other(log, unknown);
  };
  if (std::any_of(asked.logs.begin(), asked.logs.end(), is_no_file))
    return Error{"mine --apply needs files: what comes through a pipe cannot be known again"};
  return Done{};
}

// Links resolved, as far as it is there.
std::string whole_path(const std::string& path) {
  std::error_code unknown;
  const auto whole = std::filesystem::weakly_canonical(path, unknown);
  return unknown ? path : whole.string();
}

// It, or what it was rotated to.
bool is_of(const std::string& log, const std::string& followed) {
  const auto path = whole_path(log);
  const auto name = whole_path(followed);
  return path.starts_with(name) &&
         (path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '-');
}

// What is heard line by line, as it is written, would count twice.
Status not_followed(const std::vector<std::string>& logs, const Settings& settings) {
  for (const auto& log : logs) {
    for (const auto& followed : settings.follow) {
      if ((!followed.clients && !settings.learn.logs) || !is_of(log, followed.log)) continue;
      return Error{fmt::format(
          "{}: a [[follow]] reads {}, so what it says counts already; mine --apply takes logs "
          "before they are followed, and older ones from a folder of their own",
          escape(log, 1'000), followed.log)};
    }
  }
  return Done{};
}

}  // namespace

int mine(const CommandLine& line, const CliHooks& hooks, Console& console) {
  const auto& asked = line.mine;
  if (const auto clear = one_thing_of(asked); !clear) {
    fmt::print(console.err, "gatepost: {}; see gatepost help mine\n", clear.error());
    return kExitUsage;
  }
  if (!asked.forget.empty()) {
    auto forget = line;
    forget.source = asked.forget;
    return with_gate_or_ledger(line, hooks, console,
                               [&](const Ask& ask) { return forget_mined(forget, console, ask); });
  }
  const auto settings = settings_or_default(line, hooks, console);
  if (!settings) return kExitUsage;
  MineOptions options;
  options.threads =
      asked.threads > 0 ? asked.threads : std::max(1u, std::thread::hardware_concurrency());
  options.now = wall_now();
  options.zone_at = zone_at;
  // A program wants them all; a person would not read so many.
  if (line.json) options.offenders_max = 1'000'000;
  options.systems = settings->checks.score.as_numbers.get();
  const auto logs = in_order_of_time(asked.logs);
  if (asked.apply) {
    if (const auto clear = not_followed(logs, *settings); !clear) {
      fmt::print(console.err, "gatepost: {}\n", clear.error());
      return kExitUsage;
    }
    return with_gate_or_ledger(line, hooks, console, [&](const Ask& ask) {
      return apply_logs(logs, options, settings, hooks, line, console, ask);
    });
  }
  for (const auto& log : logs) options.logs.push_back({log, 0});
  return Mining(line, hooks, console, std::move(options), settings).run();
}

}  // namespace gatepost
