// Implements ops/series/step_counts.h.
#include "ops/series/step_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/json/object.hpp>
#include <charconv>

#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kCountedSeries> kCountedNames{
    "sessions", "messages",     "tempfail",    "jail",       "reject", "drop",
    "observed", "sentences",    "turned_away", "gone",       "ham",    "spam",
    "cpu",      "sessions_now", "waiting_now", "jailed_now",
};

bool is_mean(std::size_t series) {
  return series >= static_cast<std::size_t>(Series::sessions_now) && series < kCountedSeries;
}

std::optional<CheckPattern> parse_pattern(std::string_view text) {
  CheckPattern pattern = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, fault] = std::from_chars(text.data(), end, pattern, 16);
  if (fault != std::errc() || stopped != end) return std::nullopt;
  return pattern;
}

}  // namespace

const std::vector<std::string>& series_names() {
  static const auto names = [] {
    std::vector<std::string> all(kCountedNames.begin(), kCountedNames.end());
    for (std::size_t number = 1; number <= kChecksMax; ++number)
      all.push_back(fmt::format("check.{}", to_string(static_cast<CheckName>(number))));
    return all;
  }();
  return names;
}

std::optional<std::size_t> series_of(std::string_view name) {
  const auto& names = series_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

CheckPattern acted_in(const Verdict& verdict) {
  CheckPattern pattern = 0;
  for (const auto& finding : verdict.findings) {
    if (finding.treatment > Treatment::note)
      pattern |= CheckPattern{1} << static_cast<unsigned>(finding.check);
  }
  return pattern;
}

std::vector<CheckName> checks_of(CheckPattern pattern) {
  std::vector<CheckName> checks;
  for (unsigned number = 1; number <= kChecksMax; ++number) {
    if ((pattern >> number & 1) != 0) checks.push_back(static_cast<CheckName>(number));
  }
  return checks;
}

void StepCounts::add_session(CheckPattern acted) {
  add(Series::sessions);
  if (acted == 0) return;
  for (const auto check : checks_of(acted))
    sums[kCountedSeries + static_cast<std::size_t>(check) - 1] += 1;
  add_pattern(acted, 1);
}

void StepCounts::add_pattern(CheckPattern pattern, std::uint64_t count) {
  const auto known = patterns.find(pattern);
  if (known != patterns.end()) {
    known->second += count;
  } else if (patterns.size() < kPatternsMax || std::has_single_bit(pattern)) {
    patterns.emplace(pattern, count);
  } else {
    other += count;
  }
}

void StepCounts::add(const StepCounts& other_counts) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other_counts.sums[i];
  samples += other_counts.samples;
  for (const auto& [pattern, count] : other_counts.patterns) add_pattern(pattern, count);
  other += other_counts.other;
}

std::optional<double> StepCounts::value(std::size_t series) const {
  if (!is_mean(series)) return sums[series];
  if (samples == 0) return std::nullopt;
  return sums[series] / samples;
}

std::string to_text(const StepCounts& counts) {
  json::object row;
  for (std::size_t i = 0; i < kSeriesCount; ++i) {
    if (counts.sums[i] != 0) row[series_names()[i]] = json_number(counts.sums[i]);
  }
  if (counts.samples != 0) row["samples"] = json_number(counts.samples);
  json::object patterns;
  for (const auto& [pattern, count] : counts.patterns)
    patterns[fmt::format("{:x}", pattern)] = count;
  if (!patterns.empty()) row["patterns"] = std::move(patterns);
  if (counts.other != 0) row["other"] = counts.other;
  return json_text(row);
}

std::optional<StepCounts> parse_step_counts(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const auto& row = parsed->get_object();
  StepCounts counts;
  for (std::size_t i = 0; i < kSeriesCount; ++i)
    counts.sums[i] = number_member(row, series_names()[i]);
  counts.samples = number_member(row, "samples");
  counts.other = static_cast<std::uint64_t>(number_member(row, "other"));
  for (const auto& [key, count] : object_member(row, "patterns")) {
    const auto pattern = parse_pattern({key.data(), key.size()});
    if (pattern && count.is_int64() && count.get_int64() > 0)
      counts.patterns.emplace(*pattern, static_cast<std::uint64_t>(count.get_int64()));
  }
  return counts;
}

}  // namespace gatepost
