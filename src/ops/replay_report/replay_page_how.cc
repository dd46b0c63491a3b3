// Implements the sections of ops/replay_report/replay_page_parts.h that tell how it was done.
#include <fmt/format.h>

#include <vector>

#include "ops/cli/when.h"
#include "ops/page/html.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_page_parts.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr std::size_t kFilesMost = 5;

std::string files_in_words(const ReplayRun& run) {
  std::string names;
  for (std::size_t i = 0; i < std::min(run.files.size(), kFilesMost); ++i) {
    names += (i == 0 ? "" : ", ") + run.files[i];
  }
  if (run.files.size() > kFilesMost)
    names += fmt::format(" and {} more", grouped(run.files.size() - kFilesMost));
  return names;
}

std::string feedback_in_words(const ReplayOptions& options) {
  auto words = std::string(options.feedback == ReplayOptions::Feedback::all
                               ? "The gate learns of all mail what it was, as if somebody had "
                                 "looked at what was refused, too"
                               : "The gate learns what mail was only of what it let in");
  if (options.filter) {
    words += fmt::format(", from a filter that catches {} of the spam and calls {} of the ham spam",
                         fine_share(options.filter->catches), fine_share(options.filter->errs));
  } else {
    words += ", by the label itself";
  }
  if (options.delay > Duration::zero())
    words += fmt::format(", {} after it came", length_in_words(options.delay));
  return words + ".";
}

}  // namespace

std::string what_was_missing(const Missing& missing, const ReplayReport& report) {
  if (missing.checks.empty()) return {};
  std::string always;
  HtmlTable table{"Sessions in which a check had nothing to look at.",
                  {{"Check", ""},
                   {"Spam", "number"},
                   {"share", "number"},
                   {"Ham", "number"},
                   {"share", "number"}},
                  {}};
  for (const auto& check : missing.checks) {
    table.rows.push_back({std::string(to_string(check.check)), grouped(check.blind.spam),
                          fine_share(check.blind.spam, report.spam), grouped(check.blind.ham),
                          fine_share(check.blind.ham, report.ham)});
    if (check.always)
      always += fmt::format("{}{}", always.empty() ? "" : ", ", to_string(check.check));
  }
  auto text = std::string(
      "<p>What a record does not hold is taken for unknown, which speaks neither for nor against "
      "a client.</p>\n");
  if (!always.empty()) {
    text += fmt::format("<p>Told of no session, so this is a replay without it: {}.</p>\n", always);
  }
  const auto bound = [&](std::uint64_t from, std::uint64_t open, std::uint64_t all,
                         std::string_view what) {
    if (open == 0) return;
    text += fmt::format("<p>With the rest on record {} to {} of the {}.</p>\n",
                        fine_share(from, all), fine_share(from + open, all), what);
  };
  bound(report.caught, missing.open.spam, report.spam, "spam might have been caught");
  bound(report.ham_hurt, missing.open.ham, report.ham, "ham might have been hurt");
  return html_section("What the records do not tell", text + to_string(table, table.rows.size()));
}

std::string how_it_was_done(const ReplayReport& report, const ReplayRun& run) {
  const auto& returns = run.options.spam_returns;
  std::vector<std::string> told = {
      "Recorded sessions came to the real gate on virtual time, which knew at each moment only "
      "what "
      "had come before, in mode enforce."};
  if (!run.files.empty()) told.push_back("Sessions, in this order: " + files_in_words(run) + ".");
  told.push_back(run.settings.empty() ? "Settings: the defaults."
                                      : "Settings: " + run.settings + ".");
  if (report.warm_up > 0) {
    told.push_back(fmt::format("The first {} taught the gate and count for nothing else.",
                               things(report.warm_up, "session")));
  }
  told.push_back(feedback_in_words(run.options));
  told.push_back(fmt::format(
      "Ham that is refused for now comes again by the schedules of mail servers. Of the spam {} "
      "never comes again, {} once within a minute, and the rest after 8 minutes, half an hour and "
      "4 hours.",
      fine_share(returns.never), fine_share(returns.too_soon)));
  told.emplace_back(
      "Caught is what was refused when it came first. The ranges are intervals of 95%, by drawing "
      "the senders' networks anew.");
  return html_section("How it was done", html_list(told));
}

}  // namespace gatepost
