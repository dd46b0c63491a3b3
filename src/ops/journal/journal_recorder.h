// What the sessions tell goes three ways from here: into the log, into the ledger, into the counts
// of `status`, the series and the metrics.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "ops/journal/session_feed.h"
#include "ops/log/logger.h"
#include "ops/metrics/gate_times.h"
#include "ops/series/step_counts.h"

namespace gatepost {

// The settings that count at this moment; a reload changes them. Never null, thread-safe.
using SettingsSource = std::function<std::shared_ptr<const Settings>()>;

// Alarms of one word and text are one, counted.
struct Alarm {
  std::string word;
  std::string text;
  WallTime first;
  WallTime last;
  std::uint64_t count = 0;
};

// Since the gate started.
struct GateCounts {
  std::uint64_t sessions_ended = 0;
  std::uint64_t messages = 0;
  std::array<std::uint64_t, 5> verdicts{};  // by Action; a plain accept is no verdict
  std::uint64_t observed = 0;               // verdicts that were not carried out
  std::uint64_t sentences = 0;
  std::uint64_t gone = 0;                         // before their greeting was complete
  std::array<std::uint64_t, kChecksMax> acted{};  // sessions by check, its number less one
  std::uint64_t alarmed = 0;  // alarms, but for those that say that all is well again
  std::vector<Alarm> alarms;  // the last 20, the oldest first
};

// Thread-safe; waits for nothing but short locks. Ledger and sink outlive it.
class JournalRecorder final : public Recorder {
 public:
  JournalRecorder(Ledger& ledger, SettingsSource settings, LogSink log);

  void decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) override;
  void sentenced(const Sentence& sentence, const Verdict& verdict, const SessionFacts& facts,
                 WallTime now) override;
  void ended(const SessionSummary& summary) override;

  // The same alarm is written to the log once a minute at most; `status` shows every one's count.
  void alarm(std::string_view word, std::string_view text, WallTime now) override;

  void took(Timed what, double seconds) override { times_.note(what, seconds); }

  GateCounts counts() const;
  StepCounts take_counts();  // since the last call
  const GateTimes& times() const { return times_; }
  const SessionFeed& feed() const { return feed_; }

 private:
  struct KeptAlarm {
    Alarm alarm;
    WallTime logged;
    std::uint64_t unlogged = 0;
  };

  Ledger& ledger_;
  SettingsSource settings_;
  LogSink log_;
  SessionFeed feed_;
  GateTimes times_;
  mutable std::mutex mutex_;  // guards what follows
  GateCounts counts_;         // its alarms are in alarms_
  StepCounts step_;
  std::deque<KeptAlarm> alarms_;
};

}  // namespace gatepost
