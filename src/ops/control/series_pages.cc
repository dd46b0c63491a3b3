// Implements ops/control/series_pages.h.
#include "ops/control/series_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ops/control/since.h"
#include "ops/journal/json_text.h"
#include "ops/metrics/gate_metrics.h"
#include "ops/series/series_book.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kNamesMax = 60;
constexpr std::int64_t kStepsMax = 10'000;
constexpr int kStepsUnasked = 60;
constexpr std::size_t kPatternsTold = 100;
constexpr std::size_t kPatternsSummed = 10'000;  // different ones; beyond that they are "other"

// What is asked for: the steps from `begin` on and before `end`.
struct Span {
  const StepKind* kind = nullptr;
  WallTime begin;
  WallTime end;
  std::size_t steps() const { return static_cast<std::size_t>((end - begin) / kind->length); }
};

Result<WallTime> moment_of(const Call& call, const std::string& name, WallTime by_default) {
  const auto text = call.query_value(name);
  if (text.empty()) return by_default;
  if (const auto moment = parse_since(text, call.now)) return *moment;
  return Error{name +
               ": expected seconds since 1970, a date, or a duration such as \"2d\" (so long "
               "ago)"};
}

// Without `until` to the last minute that is over, and to the present hour or day.
Result<Span> span_of(const Call& call) {
  const auto name = call.query_value("step");
  const auto* const kind = step_of(name.empty() ? "minute" : name);
  if (!kind) return Error{"step: expected \"minute\", \"hour\" or \"day\""};
  const auto until = moment_of(call, "until", begin_of(kSteps[0], call.now));
  if (!until) return Error{until.error()};
  const auto last = begin_of(*kind, *until);
  const auto end = last < *until ? last + kind->length : last;
  const auto since = moment_of(call, "since", end - kStepsUnasked * kind->length);
  if (!since) return Error{since.error()};
  const auto begin = begin_of(*kind, *since);
  if (begin > end) return Error{"until: expected a time after since"};
  if ((end - begin) / kind->length > kStepsMax)
    return Error{fmt::format("since: expected {} steps before until at most; ask for longer steps",
                             kStepsMax)};
  return Span{kind, begin, end};
}

Result<std::vector<std::size_t>> names_of(const Call& call) {
  std::vector<std::size_t> wanted;
  const auto text = call.query_value("of");
  if (text.empty()) {
    for (std::size_t i = 0; i < kSeriesCount; ++i) wanted.push_back(i);
    return wanted;
  }
  for (const auto& name : split(text, ',')) {
    const auto series = series_of(name);
    if (!series) return Error{fmt::format("of: there is no series \"{}\"", escape(name, 40))};
    if (wanted.size() == kNamesMax)
      return Error{fmt::format("of: expected {} names at most", kNamesMax)};
    wanted.push_back(*series);
  }
  return wanted;
}

// Of the shortest steps that are still kept.
const StepKind& finest_since(WallTime since, WallTime now) {
  for (const auto& kind : kSteps) {
    if (now - since <= kind.kept) return kind;
  }
  return kSteps.back();
}

json::array names_json(CheckPattern pattern) {
  json::array names;
  for (const auto check : checks_of(pattern)) names.emplace_back(to_string(check));
  return names;
}

json::object checks_json(const StepCounts& counts) {
  json::object checks;
  for (std::size_t number = 1; number <= kChecksMax; ++number) {
    const auto acted = counts.sums[kCountedSeries + number - 1];
    if (acted == 0) continue;
    const auto alone = counts.patterns.find(CheckPattern{1} << number);
    json::object check;
    check["acted"] = json_number(acted);
    check["only"] = alone == counts.patterns.end() ? 0 : alone->second;
    checks[to_string(static_cast<CheckName>(number))] = std::move(check);
  }
  return checks;
}

// Unlike StepCounts::add(), whose bound is a row's.
void sum_up(const StepCounts& counts, StepCounts& total) {
  for (std::size_t i = 0; i < kSeriesCount; ++i) total.sums[i] += counts.sums[i];
  total.other += counts.other;
  for (const auto& [pattern, count] : counts.patterns) {
    const bool has_room =
        total.patterns.size() < kPatternsSummed || total.patterns.contains(pattern);
    (has_room ? total.patterns[pattern] : total.other) += count;
  }
}

// Largest first; of the rest only how many sessions they were.
void add_patterns(json::object& answer, const StepCounts& total) {
  std::vector<std::pair<CheckPattern, std::uint64_t>> patterns(total.patterns.begin(),
                                                               total.patterns.end());
  std::stable_sort(patterns.begin(), patterns.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  auto other = total.other;
  json::array told;
  for (const auto& [pattern, count] : patterns) {
    if (told.size() == kPatternsTold) {
      other += count;
      continue;
    }
    json::object one;
    one["checks"] = names_json(pattern);
    one["sessions"] = count;
    told.push_back(std::move(one));
  }
  answer["patterns"] = std::move(told);
  answer["other"] = other;
}

}  // namespace

Response list_series(const Call& call) {
  const auto span = span_of(call);
  if (!span) return problem(400, span.error());
  const auto wanted = names_of(call);
  if (!wanted) return problem(400, wanted.error());
  std::vector<json::array> columns(wanted->size(), json::array(span->steps(), nullptr));
  call.ledger().series(span->kind->step, span->begin, span->end, [&](const SeriesRow& row) {
    const auto counts = parse_step_counts(row.values);
    const auto place = static_cast<std::size_t>((row.at - span->begin) / span->kind->length);
    for (std::size_t i = 0; counts && i < columns.size(); ++i) {
      if (const auto value = counts->value((*wanted)[i])) columns[i][place] = json_number(*value);
    }
    return call.may_go_on();
  });
  if (!call.may_go_on()) return ending();
  json::object series;
  for (std::size_t i = 0; i < columns.size(); ++i)
    series[series_names()[(*wanted)[i]]] = std::move(columns[i]);
  json::object answer;
  answer["step"] = json_seconds(span->kind->length);
  answer["begins"] = json_seconds(span->begin);
  answer["series"] = std::move(series);
  return json_response(answer);
}

Response tell_of_overlap(const Call& call) {
  const auto asked = since_of(call);
  if (!asked) return problem(400, asked.error());
  const auto& kind = finest_since(*asked, call.now);
  const auto since = begin_of(kind, *asked);
  StepCounts total;
  call.ledger().series(kind.step, since, WallTime::max(), [&](const SeriesRow& row) {
    if (const auto counts = parse_step_counts(row.values)) sum_up(*counts, total);
    return call.may_go_on();
  });
  if (!call.may_go_on()) return ending();
  json::object answer;
  answer["since"] = json_seconds(since);
  auto sessions = total.other;
  for (const auto& [pattern, count] : total.patterns) sessions += count;
  answer["sessions"] = sessions;
  answer["checks"] = checks_json(total);
  add_patterns(answer, total);
  return json_response(answer);
}

Response get_metrics(const Call& call) {
  const auto gate = call.parts.status ? call.parts.status() : std::nullopt;
  const auto health = call.ledger().health();
  const bool well = flag_member(status_json(call.settings, health, gate, call.now), "well");
  return Response{200,
                  "text/plain; version=0.0.4; charset=utf-8",
                  metrics_text(call.settings, health, gate, call.parts.times, well),
                  {}};
}

}  // namespace gatepost
