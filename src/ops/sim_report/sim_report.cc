// Implements ops/sim_report/sim_report.h.
#include "ops/sim_report/sim_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <utility>

#include "base/duration.h"
#include "lab/replay/intervals.h"
#include "lab/replay/missing.h"
#include "lab/replay/overlap.h"
#include "ops/cli/report_text.h"
#include "ops/journal/json_text.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_json.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

namespace json = boost::json;

using Rows = ReportText::Rows;

Rows run_rows(const SimStory& story) {
  Rows rows{{"RUN", "SPAM REFUSED AT FIRST", "KEPT OUT", "HAM DEFERRED", "REFUSED FOR GOOD",
             "GIVEN UP", "DELAY 99.9 %"}};
  for (const auto& [name, run] : story.runs) {
    const auto good = run.sum(false);
    const auto bad = run.sum(true);
    rows.push_back({std::string(name), fine_share(bad.refused.spam, bad.messages.spam),
                    fine_share(bad.messages.spam - bad.delivered.spam, bad.messages.spam),
                    fine_share(good.refused.ham, good.messages.ham), grouped(good.rejected.ham),
                    grouped(good.gave_up.ham), to_string(delay_at(good, 0.999))});
  }
  return rows;
}

std::string in_words(SimClaim::Unit unit, double figure) {
  if (unit == SimClaim::Unit::share)
    return figure > 1 ? fmt::format("{:.0f}%", 100 * figure) : fine_share(figure);
  if (unit == SimClaim::Unit::count) return grouped(static_cast<std::uint64_t>(figure));
  return fmt::format("{:.2f}{}", figure, unit == SimClaim::Unit::seconds ? " s" : "");
}

Rows claim_rows(const std::vector<SimClaim>& claims, const SimStory& story) {
  Rows rows{{"WHAT MUST COME OUT", "IS", "AT LEAST", "AT MOST", "", "WHO SAYS SO"}};
  for (const auto& claim : claims) {
    const bool has_high = std::isfinite(claim.high);
    rows.push_back({std::string(claim.says), in_words(claim.unit, claim.figure(story.runs)),
                    claim.low > 0 ? in_words(claim.unit, claim.low) : "",
                    has_high ? in_words(claim.unit, claim.high) : "",
                    !claim.is_bounded()       ? ""
                    : claim.holds(story.runs) ? "holds"
                                              : "MISSED",
                    std::string(claim.from)});
  }
  return rows;
}

Rows group_rows(const SimStory& story) {
  Rows rows{{"WHO", "MESSAGES", "REFUSED AT FIRST", "DELIVERED", "JAILED", "ADDRESSES"}};
  for (const auto& group : story.runs.front().second.groups) {
    const auto all = group.messages.spam + group.messages.ham;
    rows.push_back({group.name, grouped(all),
                    fine_share(group.refused.spam + group.refused.ham, all),
                    fine_share(group.delivered.spam + group.delivered.ham, all),
                    grouped(group.sentenced), grouped(group.addresses)});
  }
  return rows;
}

Rows week_rows(const SimStory& story) {
  Rows rows{{"SPAM REFUSED AT FIRST"}};
  const auto weeks = story.runs.front().second.weeks.size();
  for (std::size_t week = 0; week < weeks; ++week)
    rows.front().push_back(fmt::format("WEEK {}", week + 1));
  for (const auto& [name, run] : story.runs) {
    auto& row = rows.emplace_back(1, std::string(name));
    for (std::size_t week = 0; week < weeks; ++week)
      row.push_back(week < run.weeks.size()
                        ? fine_share(run.weeks_refused[week].spam, run.weeks[week].spam)
                        : "");
  }
  return rows;
}

json::object of_labels(const Labelled& counts) {
  return {{"spam", counts.spam}, {"ham", counts.ham}};
}

json::object group_json(const SimGroup& group) {
  json::object object;
  object["name"] = group.name;
  object["attacks"] = group.attacks;
  object["messages"] = of_labels(group.messages);
  object["refused_at_first"] = of_labels(group.refused);
  object["delivered"] = of_labels(group.delivered);
  object["refused_for_good"] = of_labels(group.rejected);
  object["given_up"] = of_labels(group.gave_up);
  object["left_waiting"] = group.left_waiting;
  object["tries"] = group.tries;
  object["held_seconds"] = group.held_s;
  object["addresses"] = group.addresses;
  object["sentences"] = group.sentences;
  object["jailed"] = group.sentenced;
  object["learnt_users"] = group.learnt;
  object["probed_users"] = group.probed;
  object["called_spam"] = group.blamed;
  object["called_spam_of_origins"] = group.origin_blamed;
  auto& delay = object["ham_delay_seconds"].emplace_object();
  for (const auto& [name, share] :
       {std::pair("p50", 0.5), {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}})
    delay[name] = delay_at(group, share).count() / 1000;
  return object;
}

json::object run_json(const SimReport& run) {
  json::object object;
  auto& groups = object["groups"].emplace_array();
  for (const auto& group : run.groups) groups.push_back(group_json(group));
  object["records"] = run.records;
  object["sessions_at_once"] = run.sessions_at_once;
  object["answered_250_and_gone"] = run.lost;
  object["arrived_unsaid"] = run.unsure;
  auto& weeks = object["weeks"].emplace_array();
  for (std::size_t i = 0; i < run.weeks.size(); ++i)
    weeks.push_back({{"spam", run.weeks[i].spam},
                     {"refused", run.weeks_refused[i].spam},
                     {"ham", run.weeks[i].ham},
                     {"ham_refused", run.weeks_refused[i].ham}});
  return object;
}

json::array claims_json(const std::vector<SimClaim>& claims, const SimStory& story) {
  json::array all;
  for (const auto& claim : claims) {
    json::object one{{"says", claim.says},
                     {"from", claim.from},
                     {"is", claim.figure(story.runs)},
                     {"at_least", claim.low},
                     {"holds", claim.holds(story.runs)}};
    if (std::isfinite(claim.high)) one["at_most"] = claim.high;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::string sim_text(const SimStory& story, bool colour) {
  ReportText text(colour);
  const auto& run = story.runs.front().second;
  const auto good = run.sum(false);
  const auto bad = run.sum(true);
  text.sentence(
      fmt::format("{}, seed {}: {}", story.scenario.name, story.seed, story.scenario.shows));
  text.sentence(fmt::format(
      "{} of spam from {} addresses, {} of ham; with those who came again {}. Holds under what is "
      "assumed; see gatepost simulate --list.",
      things(run.mail.spam, "message"), grouped(bad.addresses), grouped(run.mail.ham),
      things(good.tries + bad.tries, "session")));
  for (const auto& one : story.faults)
    text.sentence(fmt::format("After {} for {} {}.", describe(one.begins), describe(one.lasts),
                              one.fault->says));
  text.heading("What the gate did");
  text.rows(run_rows(story), 6);
  text.heading("Who wrote");
  text.rows(group_rows(story), 5);
  text.heading("By weeks");
  text.rows(week_rows(story), run.weeks.size());
  if (!story.scenario.claims.empty()) {
    text.heading("What this world is to show");
    text.rows(claim_rows(story.scenario.claims, story), 3);
  }
  if (!story.scenario.realism.empty()) {
    text.heading("Is it like the world that was measured?");
    text.rows(claim_rows(story.scenario.realism, story), 3);
  }
  if (bad.left_waiting > 0)
    text.note(fmt::format("Of the spam {} talked or left before it was greeted.",
                          fine_share(bad.left_waiting, bad.messages.spam)));
  for (const auto& [name, one] : story.runs) {
    if (one.lost > 0)
      text.warning(fmt::format("{}: {} answered 250 and gone.", name, things(one.lost, "message")));
    if (one.unsure > 0)
      text.warning(fmt::format("{}: {} at the mail server, though the sender was not told.", name,
                               things(one.unsure, "message")));
  }
  return text.take();
}

std::string sim_json(const SimStory& story) {
  const auto& mail = story.runs.front().second.mail;
  auto value = parse_json(replay_json(mail, overlap_of(mail.patterns, story.settings),
                                      intervals_of(mail), missing_of(mail, story.settings), 0));
  auto& all = value->as_object();
  all.erase("sessions_per_second");
  auto& simulation = all["simulation"].emplace_object();
  simulation["scenario"] = story.scenario.name;
  simulation["seed"] = story.seed;
  auto& parameters = simulation["parameters"].emplace_object();
  for (const auto& row : sim_parameters()) parameters[row.key] = value_of(row, story.parameters);
  auto& faults = simulation["faults"].emplace_array();
  for (const auto& one : story.faults)
    faults.push_back({{"name", one.fault->name},
                      {"begins_seconds", one.begins.count() / 1000},
                      {"lasts_seconds", one.lasts.count() / 1000}});
  simulation["claims"] = claims_json(story.scenario.claims, story);
  simulation["realism"] = claims_json(story.scenario.realism, story);
  auto& runs = simulation["runs"].emplace_object();
  for (const auto& [name, run] : story.runs) runs[name] = run_json(run);
  return json_text(all);
}

namespace {

// At which ends a claim does not fare as with the parameters as they are.
std::string flips(const SweepStory& story, const SweptClaim& claim) {
  std::string all;
  for (std::size_t i = 1; i < story.steps.size(); ++i) {
    if (claim.holds[i] == claim.holds.front()) continue;
    all +=
        fmt::format("{}{} = {}", all.empty() ? "" : ", ", story.steps[i].key, story.steps[i].value);
  }
  return all;
}

}  // namespace

std::string sweep_text(const SweepStory& story, bool colour) {
  ReportText text(colour);
  text.sentence(fmt::format(
      "{}, seed {}: each parameter in doubt at the low and at the high end of where it may be, the "
      "others as they are: {}. What does not hold at both ends as it does between is not "
      "established.",
      story.scenario.name, story.seed, things(story.steps.size() - 1, "world")));
  text.heading("What this world is to show");
  Rows rows{{"WHAT MUST COME OUT", "IS", "LEAST", "MOST", ""}};
  for (std::size_t i = 0; i < story.claims.size(); ++i) {
    const auto& swept = story.claims[i];
    const auto& claim = story.scenario.claims[i];
    const auto unit = claim.unit;
    const auto [least, most] = std::minmax_element(swept.figures.begin(), swept.figures.end());
    const auto* const word = !claim.is_bounded()       ? ""
                             : !swept.is_established() ? "NOT ESTABLISHED"
                             : swept.holds.front()     ? "holds"
                                                       : "MISSED";
    rows.push_back({std::string(swept.says), in_words(unit, swept.figures.front()),
                    in_words(unit, *least), in_words(unit, *most), word});
  }
  text.rows(rows, 3);
  for (const auto& swept : story.claims) {
    if (!swept.is_established())
      text.note(fmt::format("{}: otherwise with {}.", swept.says, flips(story, swept)));
  }
  return text.take();
}

std::string sweep_json(const SweepStory& story) {
  json::object all{{"scenario", story.scenario.name}, {"seed", story.seed}};
  auto& claims = all["claims"].emplace_array();
  for (const auto& swept : story.claims) {
    json::object one{{"says", swept.says}, {"established", swept.is_established()}};
    auto& steps = one["steps"].emplace_array();
    for (std::size_t i = 0; i < story.steps.size(); ++i)
      steps.push_back({{"key", story.steps[i].key},
                       {"value", story.steps[i].value},
                       {"is", swept.figures[i]},
                       {"holds", static_cast<bool>(swept.holds[i])}});
    claims.push_back(std::move(one));
  }
  return json_text(all);
}

}  // namespace gatepost
