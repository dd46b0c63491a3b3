// Implements ops/replay_report/replay_json.h.
#include "ops/replay_report/replay_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

namespace json = boost::json;

// So that it is the same text whatever the last bits are, and no minus zero.
double rounded(double number, double to) { return std::round(number * to) / to + 0.0; }

json::value share_json(double share) { return rounded(share, 1e6); }

json::value share_json(std::uint64_t part, std::uint64_t whole) {
  return share_json(part_of(static_cast<double>(part), whole));
}

json::array interval_json(const Interval& interval) {
  return {share_json(interval.low), share_json(interval.high)};
}

json::object counts_json(const Labelled& sessions) {
  return {{"spam", sessions.spam}, {"ham", sessions.ham}};
}

json::array names_json(const std::vector<CheckName>& checks) {
  json::array names;
  for (const auto check : checks) names.emplace_back(to_string(check));
  return names;
}

double seconds_at(const std::vector<Duration>& rising, double quantile) {
  return static_cast<double>(delay_at(rising, quantile).count()) / 1000;
}

json::array senders_json(const std::vector<ReplayReport::Sender>& senders) {
  json::array array;
  for (const auto& sender : senders) {
    json::object one;
    one["client"] = sender.client.to_string();
    one["ham"] = sender.ham;
    one["hurt"] = sender.hurt;
    one["rejected"] = sender.rejected;
    one["lost"] = sender.lost;
    if (!sender.name.empty()) one["rdns"] = sender.name;
    if (!sender.why.empty()) one["why"] = sender.why;
    array.push_back(std::move(one));
  }
  return array;
}

json::object caught_json(const ReplayReport& report, const Intervals& intervals,
                         const Missing& missing) {
  json::object caught;
  caught["spam"] = report.caught;
  caught["share"] = share_json(report.caught, report.spam);
  caught["interval"] = interval_json(intervals.caught);
  caught["came_back"] = report.came_back;
  caught["at_most"] = report.caught + missing.open.spam;
  return caught;
}

json::object hurt_json(const ReplayReport& report, const Intervals& intervals,
                       const Missing& missing) {
  json::object hurt;
  hurt["ham"] = report.ham_hurt;
  hurt["ham_rejected"] = report.ham_rejected;
  hurt["ham_tempfailed"] = report.ham_tempfailed;
  hurt["ham_lost"] = report.ham_lost;
  hurt["share"] = share_json(report.ham_hurt, report.ham);
  hurt["interval"] = interval_json(intervals.hurt);
  hurt["at_most"] = report.ham_hurt + missing.open.ham;
  hurt["ham_senders"] = report.ham_senders;
  hurt["senders"] = senders_json(report.senders);
  hurt["largest"] = senders_json(report.largest);
  return hurt;
}

json::object delay_json(const ReplayReport& report) {
  const auto delayed = delayed_of(report);
  json::object delay;
  delay["ham_p50"] = seconds_at(report.ham_delays, 0.5);
  delay["ham_p99"] = seconds_at(report.ham_delays, 0.99);
  delay["delayed"] = delayed.size();
  delay["delayed_p50"] = seconds_at(delayed, 0.5);
  delay["delayed_p99"] = seconds_at(delayed, 0.99);
  return delay;
}

json::object checks_json(const ReplayReport& report, const Overlap& overlap) {
  json::object checks;
  for (const auto& check : overlap.checks) {
    auto& one = checks[to_string(check.check)].emplace_object();
    one["spam"] = check.hit.spam;
    one["ham"] = check.hit.ham;
    one["only"] = check.only.spam;
    one["only_ham"] = check.only.ham;
    one["alone"] = counts_json(check.alone);
    one["needed"] = counts_json(check.needed);
    one["shapley"] = {{"spam", rounded(check.shapley_spam, 1e3)},
                      {"ham", rounded(check.shapley_ham, 1e3)}};
    if (const auto noted = report.noted.find(check.check); noted != report.noted.end())
      one["noted"] = counts_json(noted->second);
  }
  return checks;
}

json::array rows_json(const Overlap& overlap) {
  json::array rows;
  for (const auto& row : overlap.rows) {
    rows.push_back({{"checks", names_json(row.checks)},
                    {"spam", row.sessions.spam},
                    {"ham", row.sessions.ham},
                    {"refused", counts_json(row.refused)}});
  }
  return rows;
}

json::array best_json(const std::vector<Overlap::Best>& teams) {
  json::array all;
  for (const auto& best : teams) {
    all.push_back({{"checks", names_json(best.checks)},
                   {"spam", best.refused.spam},
                   {"ham", best.refused.ham}});
  }
  return all;
}

json::object missing_json(const Missing& missing) {
  json::object checks;
  json::array always;
  for (const auto& check : missing.checks) {
    checks[to_string(check.check)] = counts_json(check.blind);
    if (check.always) always.emplace_back(to_string(check.check));
  }
  return {{"checks", std::move(checks)},
          {"always", std::move(always)},
          {"open", counts_json(missing.open)}};
}

}  // namespace

std::string replay_json(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals, const Missing& missing,
                        double sessions_per_second, const ReplayBeside& beside) {
  json::object all;
  all["sessions"] = {{"ham", report.ham}, {"spam", report.spam}, {"unlabelled", report.unlabelled}};
  all["warm_up"] = report.warm_up;
  all["unlabelled_refused"] = report.unlabelled_refused;
  all["caught"] = caught_json(report, intervals, missing);
  all["hurt"] = hurt_json(report, intervals, missing);
  all["delay"] = delay_json(report);
  all["by_chance"] = share_json(intervals.by_chance);
  all["checks"] = checks_json(report, overlap);
  all["refused"] = counts_json(overlap.refused);
  all["overlap"] = rows_json(overlap);
  all["best"] = best_json(overlap.few);
  all["in_turn"] = best_json(overlap.best);
  all["missing"] = missing_json(missing);
  if (report.no_room > 0) all["no_room"] = report.no_room;
  add_beside(all, beside);
  all["sessions_per_second"] = std::llround(sessions_per_second);
  return json_text(all);
}

std::string replayed_json(const Replayed& session) {
  auto summary = session.session->summary;
  summary.verdict = told_verdict(session);
  auto line = session_json(summary, JournalSettings::Addresses::full);
  if (const auto& label = session.session->label) {
    const auto word = session.session->missed ? std::string_view("missed_spam") : to_string(*label);
    line = labelled_line(std::move(line), word, {});
  }
  return line + "\n";
}

}  // namespace gatepost
