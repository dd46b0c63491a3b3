// Implements the sections of ops/replay_report/replay_page_parts.h that tell of the checks.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ops/page/html.h"
#include "ops/page/words.h"
#include "ops/replay_report/plots.h"
#include "ops/replay_report/replay_page_parts.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr std::size_t kRowsShown = 10;
constexpr std::size_t kRowsMost = 500;

// Ham that is refused is to be seen where there is any.
std::string refused_ham(std::uint64_t count) {
  return count == 0 ? "0" : fmt::format("<b class=\"bad\">{}</b>", grouped(count));
}

std::string rows_table(const Overlap& overlap) {
  HtmlTable table{"Sessions by the checks that speak against them.",
                  {{"Checks", "text"},
                   {"Spam", "number"},
                   {"of it refused", "number"},
                   {"Ham", "number"},
                   {"of it refused", "number"}},
                  {}};
  for (std::size_t i = 0; i < std::min(overlap.rows.size(), kRowsMost); ++i) {
    const auto& row = overlap.rows[i];
    table.rows.push_back({checks_in_words(row.checks), grouped(row.sessions.spam),
                          grouped(row.refused.spam), grouped(row.sessions.ham),
                          refused_ham(row.refused.ham)});
  }
  table.in_all = overlap.rows.size();
  table.all_by = "gatepost replay --json";
  return to_string(table, kRowsShown);
}

// Those that say nothing are last, and folded away.
std::string checks_table(const Overlap& overlap) {
  const auto says = [](const Overlap::Check& check) { return check.hit.spam + check.hit.ham > 0; };
  HtmlTable table{"Spam and ham by check.",
                  {{"Check", ""},
                   {"Spam", "number"},
                   {"Ham", "number"},
                   {"Only it: spam", "number wide"},
                   {"ham", "number wide"},
                   {"Alone: spam", "number wide"},
                   {"ham", "number wide"},
                   {"Needed: spam", "number wide"},
                   {"ham", "number wide"},
                   {"Shapley: spam", "number"},
                   {"ham", "number"}},
                  {}};
  auto checks = overlap.checks;
  const auto silent = std::stable_partition(checks.begin(), checks.end(), says);
  for (const auto& check : checks) {
    table.rows.push_back(
        {std::string(to_string(check.check)), grouped(check.hit.spam), grouped(check.hit.ham),
         grouped(check.only.spam), grouped(check.only.ham), grouped(check.alone.spam),
         refused_ham(check.alone.ham), grouped(check.needed.spam), refused_ham(check.needed.ham),
         fmt::format("{:.1f}", check.shapley_spam), fmt::format("{:.1f}", check.shapley_ham)});
  }
  return to_string(table, static_cast<std::size_t>(silent - checks.begin()));
}

std::string noted_table(const ReplayReport& report) {
  HtmlTable table{"Found by checks on note, which count for nothing.",
                  {{"Check", ""},
                   {"Spam", "number"},
                   {"share", "number"},
                   {"Ham", "number"},
                   {"share", "number"}},
                  {}};
  for (const auto& [check, sessions] : report.noted) {
    table.rows.push_back({std::string(to_string(check)), grouped(sessions.spam),
                          fine_share(sessions.spam, report.spam), grouped(sessions.ham),
                          fine_share(sessions.ham, report.ham)});
  }
  return to_string(table, table.rows.size());
}

HtmlTable teams_table(std::string caption) {
  return {std::move(caption),
          {{"Checks", "text"},
           {"Spam refused", "number wide"},
           {"Spam, share", "number"},
           {"Ham refused", "number"},
           {"Ham, share", "number wide"},
           {"By chance", "number"}},
          {}};
}

std::vector<std::string> team_row(std::string name, const Labelled& refused,
                                  const ReplayReport& report) {
  return {std::move(name),
          grouped(refused.spam),
          fine_share(refused.spam, report.spam),
          refused_ham(refused.ham),
          fine_share(refused.ham, report.ham),
          fine_share(refused.spam + refused.ham, report.spam + report.ham)};
}

}  // namespace

std::string who_speaks_together(const Overlap& overlap) {
  const auto plot = overlap_plot(overlap);
  if (plot.empty()) return {};
  return html_section(
      "Which checks speak together",
      "<p>Each column is a combination of checks, told by its dots; the bar is the spam against "
      "which just these speak, refused or not. Every check is asked about every session, also "
      "where another one has refused it already. At the left: all against which a check "
      "speaks.</p>\n" +
          plot + rows_table(overlap));
}

std::string what_each_adds(const Overlap& overlap, const ReplayReport& report) {
  const auto plot = shares_plot(overlap, report);
  if (plot.empty()) return {};
  return html_section(
      "What each check adds",
      "<p>In shares of all spam. The Shapley shares are fair parts: a check's gain over all orders "
      "in which the checks might have been added; they add up to all that is refused. "
      "<em>Alone</em>: what it would refuse without the others. <em>Needed</em>: what gets in "
      "without it.</p>\n" +
          plot + checks_table(overlap) + noted_table(report) +
          "<p class=\"note\">The findings are those of the run with all checks: what the gate "
          "would "
          "have learnt without some of them is not known here.</p>\n");
}

std::string the_best_few(const Overlap& overlap, const ReplayReport& report) {
  const auto plot = best_plot(overlap, report);
  if (plot.empty()) return {};
  auto few = teams_table("Of all teams of one, two, three checks that which refuses most spam.");
  for (const auto& team : overlap.few) {
    few.rows.push_back(team_row(checks_in_words(team.checks), team.refused, report));
  }
  auto taken =
      teams_table("The check that refuses most spam, with it the one that adds most, and so on.");
  for (const auto& team : overlap.best) {
    const auto name = to_string(team.checks.back());
    taken.rows.push_back(
        team_row((taken.rows.empty() ? "" : "+ ") + std::string(name), team.refused, report));
  }
  return html_section(
      "The best few, and chance",
      "<p>Dropping as many sessions by chance catches the same share of the spam as it hurts of "
      "the ham.</p>\n" +
          plot + to_string(few, few.rows.size()) + to_string(taken, kRowsShown));
}

}  // namespace gatepost
