// Implements ops/cli/replay_verb.h.
#include "ops/cli/replay_verb.h"

#include <fmt/ostream.h>
#include <time.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "lab/replay/comparison.h"
#include "lab/replay/intervals.h"
#include "lab/replay/missing.h"
#include "lab/replay/overlap.h"
#include "lab/replay/replay.h"
#include "lab/replay/replay_report.h"
#include "ops/cli/line_file.h"
#include "ops/cli/output_file.h"
#include "ops/cli/progress_bar.h"
#include "ops/cli/session_files.h"
#include "ops/cli/settings_file.h"
#include "ops/replay_report/replay_json.h"
#include "ops/replay_report/replay_page.h"
#include "ops/replay_report/replay_text.h"

namespace gatepost {
namespace {

using Session = std::shared_ptr<const RecordedSession>;

constexpr std::size_t kPortion = 1'000;  // sessions that are parsed, and then replayed
constexpr auto kDay = std::chrono::hours(24);

double own_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Empty where the settings are the defaults.
std::string settings_path(const CommandLine& line) {
  std::error_code unknown;
  return line.config_given || std::filesystem::exists(line.config, unknown) ? line.config : "";
}

// One replay and what it comes to.
struct Run {
  Run(const std::shared_ptr<const Settings>& of, std::shared_ptr<Ledger> in,
      const ReplayOptions& options, std::uint64_t warm_up,
      std::function<void(const Replayed&)> judged = {})
      : settings(of),
        ledger(std::move(in)),
        counts(warm_up),
        replay(*settings, *ledger, options,
               {[this, judged = std::move(judged)](const Replayed& one) {
                  counts.judged(one);
                  if (judged) judged(one);
                },
                [this](const Replayed& one) { counts.settled(one); }}) {}

  const std::shared_ptr<const Settings> settings;
  const std::shared_ptr<Ledger> ledger;
  ReplayCounts counts;
  Replay replay;
};

// One call of the verb.
class ReplayCall {
 public:
  ReplayCall(const CommandLine& line, const CliHooks& hooks, Console& console)
      : line_(line), hooks_(hooks), console_(console), files_(line.replay.sessions, console) {}

  int run() {
    if (const int begun = begin(); begun != kExitDone) return begun;
    if (const int opened = open_files(); opened != kExitDone) return opened;
    begin_runs();
    if (const int read = read_all(); read != kExitDone) return read;
    if (out_ && !out_->keep()) return out_->complain(console_);
    const int told = tell();
    return told == kExitDone && files_.bad_lines() > 0 ? kExitNo : told;
  }

 private:
  int complain(std::string_view what) {
    fmt::print(console_.err, "gatepost: {}\n", what);
    return kExitUsage;
  }

  int begin() {
    const auto& asked = line_.replay;
    settings_ = settings_or_default(line_, hooks_, console_);
    if (!settings_) return kExitUsage;
    if (!asked.against.empty()) {
      auto other = line_;
      other.config = asked.against;
      other.config_given = true;
      others_ = settings_or_default(other, hooks_, console_);
      if (!others_) return kExitUsage;
    }
    if (asked.feedback == "all") options_.feedback = ReplayOptions::Feedback::all;
    if (asked.filter_catch || asked.filter_error)
      options_.filter = {asked.filter_catch.value_or(1), asked.filter_error.value_or(0)};
    if (!asked.filter_delay.empty()) {
      const auto delay = parse_duration(asked.filter_delay);
      if (!delay) return complain("--filter-delay: " + delay.error());
      options_.delay = *delay;
    }
    if (asked.warm_up == 0) return kExitDone;
    if (!files_.are_files()) return complain("--warm-up needs files that can be read twice");
    const auto sessions = files_.count();
    if (!sessions) return kExitFailed;
    warm_up_ =
        static_cast<std::uint64_t>(std::llround(asked.warm_up * static_cast<double>(*sessions)));
    return kExitDone;
  }

  int open_files() {
    const auto& asked = line_.replay;
    for (const auto& path : {asked.html, asked.sessions_out}) {
      if (!may_be_written(path, asked.sessions, "read as sessions", console_)) return kExitUsage;
    }
    for (auto& [path, file] : {std::pair(asked.html, &page_), {asked.sessions_out, &out_}}) {
      if (!path.empty() && !file->emplace(path).opened()) return (*file)->complain(console_);
    }
    return kExitDone;
  }

  void begin_runs() {
    run_.emplace(settings_, hooks_.make_memory_ledger(), options_, warm_up_,
                 [this](const Replayed& one) {
                   if (out_) out_->add(replayed_json(one));
                   if (compared_) compared_->here(one);
                 });
    if (others_) {
      compared_.emplace(warm_up_);
      other_.emplace(others_, hooks_.make_memory_ledger(), options_, warm_up_,
                     [this](const Replayed& one) { compared_->there(one); });
    }
    if (!line_.replay.history) return;
    for (const Duration keeps : {kDay, 7 * kDay, 30 * kDay}) {
      auto options = options_;
      options.memory = keeps;
      shorter_.emplace_back(
          keeps, std::make_unique<Run>(settings_, hooks_.make_memory_ledger(), options, warm_up_));
    }
  }

  int read_all() {
    ProgressBar bar(console_, line_.json);
    const int status = files_.read([&](RecordedSession session) {
      portion_.push_back(std::make_shared<const RecordedSession>(std::move(session)));
      if (portion_.size() < kPortion) return;
      replay_portion();
      bar.show(0, fmt::format("{} sessions", sessions_));
    });
    replay_portion();
    timed([this] { run_->replay.end(); });
    if (other_) other_->replay.end();
    for (auto& [keeps, run] : shorter_) run->replay.end();
    bar.clear();
    return status;
  }

  template <typename Work>
  void timed(const Work& work) {
    const auto began = own_seconds();
    work();
    seconds_ += own_seconds() - began;
  }

  // Compared are two runs session by session.
  void replay_portion() {
    sessions_ += portion_.size();
    if (other_) {
      for (const auto& session : portion_) {
        run_->replay.take(session);
        other_->replay.take(session);
      }
    } else {
      timed([this] {
        for (const auto& session : portion_) run_->replay.take(session);
      });
    }
    for (auto& [keeps, run] : shorter_) {
      for (const auto& session : portion_) run->replay.take(session);
    }
    portion_.clear();
  }

  ReplayBeside beside() const {
    ReplayBeside beside;
    beside.other = line_.replay.against;
    for (const auto& [keeps, run] : shorter_)
      beside.shorter.emplace_back(keeps, run->counts.report());
    if (compared_) {
      beside.against = compared_->comparison();
      beside.against->report = other_->counts.report();
    }
    return beside;
  }

  int tell() {
    const auto report = run_->counts.report();
    const auto overlap = overlap_of(report.patterns, *settings_);
    const auto intervals = intervals_of(report);
    const auto missing = missing_of(report, *settings_);
    const auto others = beside();
    if (page_) {
      page_->add(replay_page(report, overlap, intervals, missing,
                             {line_.replay.sessions, settings_path(line_), options_, others}));
      if (!page_->keep()) return page_->complain(console_);
    }
    if (line_.json) {
      const auto speed = seconds_ > 0 && !other_ ? static_cast<double>(sessions_) / seconds_ : 0;
      console_.out << replay_json(report, overlap, intervals, missing, speed, others) << '\n';
    } else {
      console_.out << render_replay(report, overlap, intervals, missing,
                                    {options_.spam_returns, !line_.replay.html.empty(), &others},
                                    console_.colour);
    }
    return kExitDone;
  }

  const CommandLine& line_;
  const CliHooks& hooks_;
  Console& console_;
  SessionFiles files_;
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<const Settings> others_;  // null: there are none
  ReplayOptions options_;
  std::uint64_t warm_up_ = 0;
  std::optional<LineFile> page_;
  std::optional<LineFile> out_;
  std::optional<Run> run_;
  std::optional<Run> other_;
  std::optional<ComparedCounts> compared_;
  std::vector<std::pair<Duration, std::unique_ptr<Run>>> shorter_;
  std::vector<Session> portion_;
  std::uint64_t sessions_ = 0;
  double seconds_ = 0;  // of this thread's time, that run_ took
};

}  // namespace

int replay_sessions(const CommandLine& line, const CliHooks& hooks, Console& console) {
  return ReplayCall(line, hooks, console).run();
}

}  // namespace gatepost
