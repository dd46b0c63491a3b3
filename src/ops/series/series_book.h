// The series in the ledger: which rows there are, and how they come there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gate/ports/ledger.h"
#include "ops/series/step_counts.h"

namespace gatepost {

struct StepKind {
  SeriesStep step;
  std::string_view name;
  Duration length;
  Duration kept;  // how long its rows are
};

inline constexpr std::array<StepKind, 3> kSteps{{
    {SeriesStep::minute, "minute", std::chrono::minutes(1), std::chrono::hours(25)},
    {SeriesStep::hour, "hour", std::chrono::hours(1), std::chrono::hours(24) * 400},
    {SeriesStep::day, "day", std::chrono::hours(24), std::chrono::hours(24) * 3'650},
}};

const StepKind* step_of(std::string_view name);  // null: there is none
// The beginning of the step in which that is; days are those of UTC.
WallTime begin_of(const StepKind& step, WallTime at);

// Adds to the rows of the minute, the hour and the day in which that is: so another start of the
// gate goes on where the last one ended.
void add_to_series(Ledger& ledger, const StepCounts& counts, WallTime at);
// Drops what is too old, a bounded slice a call.
void expire_series(Ledger& ledger, WallTime now);

// What a gate tells of itself when somebody looks.
struct GateLevels {
  double sessions_now = 0;
  double waiting_now = 0;
  double jailed_now = 0;
  // Since its start.
  double turned_away = 0;
  double ham = 0;
  double spam = 0;
  double cpu = 0;
};

// Gathers a minute and puts it into the ledger when it is over. One thread's.
class SeriesBook {
 public:
  // The ledger outlives it.
  SeriesBook(Ledger& ledger, WallTime now);

  // `counted`: what happened since the last look.
  void look(const GateLevels& levels, const StepCounts& counted, WallTime now);
  // The minute ends before its time.
  void close();

 private:
  Ledger& ledger_;
  WallTime minute_;
  StepCounts counts_;
  GateLevels last_;
};

}  // namespace gatepost
