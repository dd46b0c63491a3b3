// Implements ops/series/series_book.h.
#include "ops/series/series_book.h"

#include <algorithm>
#include <string>

namespace gatepost {
namespace {

StepCounts stored(const Ledger& ledger, SeriesStep step, WallTime at) {
  StepCounts counts;
  ledger.series(step, at, at + Duration(1), [&](const SeriesRow& row) {
    counts = parse_step_counts(row.values).value_or(StepCounts{});
    return false;
  });
  return counts;
}

}  // namespace

const StepKind* step_of(std::string_view name) {
  const auto* const found = std::find_if(kSteps.begin(), kSteps.end(),
                                         [&](const auto& kind) { return kind.name == name; });
  return found == kSteps.end() ? nullptr : found;
}

WallTime begin_of(const StepKind& step, WallTime at) {
  const auto since = at.time_since_epoch();
  const auto over = since % step.length;
  return WallTime(since - over - (over < Duration::zero() ? step.length : Duration::zero()));
}

void add_to_series(Ledger& ledger, const StepCounts& counts, WallTime at) {
  for (const auto& kind : kSteps) {
    const auto begin = begin_of(kind, at);
    auto row = stored(ledger, kind.step, begin);
    row.add(counts);
    ledger.put_series({kind.step, begin, to_text(row)});
  }
}

void expire_series(Ledger& ledger, WallTime now) {
  for (const auto& kind : kSteps) ledger.expire_series(kind.step, now - kind.kept);
}

SeriesBook::SeriesBook(Ledger& ledger, WallTime now)
    : ledger_(ledger), minute_(begin_of(kSteps[0], now)) {}

void SeriesBook::look(const GateLevels& levels, const StepCounts& counted, WallTime now) {
  counts_.add(counted);
  counts_.add(Series::turned_away, levels.turned_away - last_.turned_away);
  counts_.add(Series::ham, levels.ham - last_.ham);
  counts_.add(Series::spam, levels.spam - last_.spam);
  counts_.add(Series::cpu, levels.cpu - last_.cpu);
  last_ = levels;
  if (const auto minute = begin_of(kSteps[0], now); minute != minute_) {
    close();
    minute_ = minute;
    expire_series(ledger_, now);
  }
  counts_.add(Series::sessions_now, levels.sessions_now);
  counts_.add(Series::waiting_now, levels.waiting_now);
  counts_.add(Series::jailed_now, levels.jailed_now);
  counts_.samples += 1;
}

void SeriesBook::close() {
  add_to_series(ledger_, counts_, minute_);
  counts_ = {};
}

}  // namespace gatepost
