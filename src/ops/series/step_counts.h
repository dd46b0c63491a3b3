// What was counted in one step of time: numbers by name, and which checks acted together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"

namespace gatepost {

// Each is a series. The last three are means of what was seen when somebody looked.
enum class Series : std::uint8_t {
  sessions,  // ended
  messages,  // delivered
  tempfail,  // these four: verdicts that were carried out
  jail,
  reject,
  drop,
  observed,  // verdicts that were not
  sentences,
  turned_away,  // at connect
  gone,         // before the greeting was complete
  ham,          // words heard that counted
  spam,
  cpu,  // seconds of the process
  sessions_now,
  waiting_now,
  jailed_now,
};

inline constexpr std::size_t kCountedSeries = 16;
inline constexpr std::size_t kChecksMax = 22;  // the greatest number of a CheckName

// The series are numbered: those of Series, then "check.NAME", one for each check.
inline constexpr std::size_t kSeriesCount = kCountedSeries + kChecksMax;
const std::vector<std::string>& series_names();  // in the order of their numbers
std::optional<std::size_t> series_of(std::string_view name);

// Bit n stands for the check of the number n.
using CheckPattern = std::uint32_t;
// The checks that did more than note, whether or not the verdict was carried out.
CheckPattern acted_in(const Verdict& verdict);
std::vector<CheckName> checks_of(CheckPattern pattern);

struct StepCounts {
  // Of different patterns; those of one check alone come on top of that.
  static constexpr std::size_t kPatternsMax = 256;

  std::array<double, kSeriesCount> sums{};
  double samples = 0;                              // how often somebody looked for the means
  std::map<CheckPattern, std::uint64_t> patterns;  // sessions in which just these acted
  std::uint64_t other = 0;                         // sessions of patterns beyond the bound

  void add(Series what, double by = 1) { sums[static_cast<std::size_t>(what)] += by; }
  void add_session(CheckPattern acted);
  void add(const StepCounts& other_counts);
  // By the number of the series; nothing: a mean at which nobody looked.
  std::optional<double> value(std::size_t series) const;

 private:
  void add_pattern(CheckPattern pattern, std::uint64_t count);
};

// As a row of the ledger holds it (docs/formats/series.md): a line of JSON, mostly under 1 KiB.
std::string to_text(const StepCounts& counts);
// Nothing where it is none. Names that are not known are left out.
std::optional<StepCounts> parse_step_counts(std::string_view text);

}  // namespace gatepost
