// Implements ops/journal/journal_recorder.h.
#include "ops/journal/journal_recorder.h"

#include <algorithm>
#include <utility>

#include "ops/journal/journal_json.h"
#include "ops/log/log_lines.h"

namespace gatepost {
namespace {

// Verdicts that are carried out, by Action.
constexpr std::array kSeriesOf{Series::observed /* none */, Series::tempfail, Series::jail,
                               Series::reject, Series::drop};

bool has_left_early(const SessionSummary& summary) {
  return summary.facts.greeted == false && summary.closed_by == "client";
}

constexpr std::string_view kAllIsWell = "-well";  // the end of such a word
constexpr std::size_t kAlarmsMax = 20;
constexpr std::size_t kAlarmTextMax = 1'000;
constexpr Duration kAlarmLoggedAgainAfter = std::chrono::minutes(1);

}  // namespace

JournalRecorder::JournalRecorder(Ledger& ledger, SettingsSource settings, LogSink log)
    : ledger_(ledger), settings_(std::move(settings)), log_(std::move(log)) {}

void JournalRecorder::decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) {
  const auto addresses = settings_()->journal.addresses;
  log_(LogLevel::info, verdict_line(verdict, facts, addresses));
  ledger_.add_verdict(VerdictRow{verdict.id, ClientKey(facts.client.address), now,
                                 verdict_json(verdict, facts, now, addresses)});
  const std::lock_guard lock(mutex_);
  ++counts_.verdicts[static_cast<std::size_t>(verdict.action)];
  if (verdict.observed) ++counts_.observed;
  if (verdict.action == Action::accept) return;
  step_.add(verdict.observed ? Series::observed
                             : kSeriesOf[static_cast<std::size_t>(verdict.action)]);
}

void JournalRecorder::sentenced(const Sentence& sentence, const Verdict& verdict,
                                const SessionFacts& facts, WallTime) {
  log_(LogLevel::info, sentence_line(ClientKey(facts.client.address), sentence, verdict.observed));
  const std::lock_guard lock(mutex_);
  ++counts_.sentences;
  step_.add(Series::sentences);
}

void JournalRecorder::ended(const SessionSummary& summary) {
  const auto addresses = settings_()->journal.addresses;
  const auto& facts = summary.facts;
  log_(LogLevel::info, session_line(summary, addresses));
  auto line = session_json(summary, addresses);
  feed_.push(line);
  ledger_.add_session(
      SessionRow{facts.id, ClientKey(facts.client.address), facts.began, std::move(line)});
  if (facts.greeted == true)
    times_.note_hold(std::chrono::duration<double>(facts.greet_waited).count());
  const auto acted = acted_in(summary.verdict);
  const bool gone = has_left_early(summary);
  const std::lock_guard lock(mutex_);
  ++counts_.sessions_ended;
  counts_.messages += facts.messages;
  if (gone) ++counts_.gone;
  for (const auto check : checks_of(acted)) ++counts_.acted[static_cast<std::size_t>(check) - 1];
  step_.add_session(acted);
  step_.add(Series::messages, facts.messages);
  step_.add(Series::gone, gone ? 1 : 0);
}

void JournalRecorder::alarm(std::string_view word, std::string_view whole_text, WallTime now) {
  const auto text = whole_text.substr(0, kAlarmTextMax);
  std::uint64_t again = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(alarms_.begin(), alarms_.end(), [&](const auto& kept) {
      return kept.alarm.word == word && kept.alarm.text == text;
    });
    KeptAlarm kept{{std::string(word), std::string(text), now, now, 0}, kNever, 0};
    if (known != alarms_.end()) {
      kept = std::move(*known);
      alarms_.erase(known);
    }
    kept.alarm.last = now;
    ++kept.alarm.count;
    ++kept.unlogged;
    if (!word.ends_with(kAllIsWell)) ++counts_.alarmed;
    // A distance either way, for the calendar may have been set back.
    if (std::chrono::abs(now - kept.logged) >= kAlarmLoggedAgainAfter) {
      again = std::exchange(kept.unlogged, 0);
      kept.logged = now;
    }
    alarms_.push_back(std::move(kept));
    if (alarms_.size() > kAlarmsMax) alarms_.pop_front();
  }
  if (again > 0) log_(LogLevel::warning, alarm_line(word, text, again));
}

StepCounts JournalRecorder::take_counts() {
  const std::lock_guard lock(mutex_);
  return std::exchange(step_, {});
}

GateCounts JournalRecorder::counts() const {
  const std::lock_guard lock(mutex_);
  auto counts = counts_;
  for (const auto& kept : alarms_) counts.alarms.push_back(kept.alarm);
  return counts;
}

}  // namespace gatepost
