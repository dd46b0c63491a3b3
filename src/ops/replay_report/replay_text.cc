// Implements ops/replay_report/replay_text.h.
#include "ops/replay_report/replay_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "ops/cli/when.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

using Rows = ReportText::Rows;

constexpr std::size_t kHurtShown = 20;
constexpr std::size_t kRowsShown = 15;
constexpr std::size_t kWhyLength = 60;
constexpr std::size_t kNameLength = 32;

std::string names_of(const std::vector<CheckName>& checks) {
  std::string names;
  for (const auto check : checks)
    names += fmt::format("{}{}", names.empty() ? "" : " ", to_string(check));
  return names;
}

std::string uncertain(const Interval& interval) {
  return fmt::format("by chance it may be {}", in_words(interval));
}

// Shapley shares are seldom whole.
bool is_nothing(double share) { return std::abs(share) < 0.05; }

std::string amount(double share) {
  const auto tenths = std::llround(std::abs(share) * 10);
  return fmt::format("{}{}.{}", share < 0 && tenths > 0 ? "-" : "",
                     grouped(static_cast<std::uint64_t>(tenths / 10)), tenths % 10);
}

// "half came at once, 99 in 100 within 5 minutes"
std::string delays_in_words(const std::vector<Duration>& rising) {
  const auto within = [&](double quantile) {
    const auto delay = delay_at(rising, quantile);
    return delay == Duration::zero() ? "at once" : "within " + length_in_words(delay);
  };
  return fmt::format("half came {}, 99 in 100 {}", within(0.5), within(0.99));
}

void add_sender(Rows& rows, const ReplayReport::Sender& sender) {
  rows.push_back({sender.client.to_string(), grouped(sender.ham), grouped(sender.hurt),
                  grouped(sender.rejected), grouped(sender.lost),
                  sender.name.empty() ? "-" : escape(sender.name, kNameLength),
                  escape(sender.why, kWhyLength)});
}

Rows sender_rows(const std::vector<ReplayReport::Sender>& senders, std::size_t shown_max) {
  Rows rows{{"ADDRESS", "HAM", "HURT", "REFUSED", "LOST", "NAME", "WHY, THE FIRST TIME"}};
  for (std::size_t i = 0; i < std::min(senders.size(), shown_max); ++i)
    add_sender(rows, senders[i]);
  return rows;
}

void tell_next(ReportText& text, const ReplayReport& report, const ReplayAsked& asked) {
  if (report.spam + report.ham + report.unlabelled == 0) return;
  text.heading("What to do next");
  if (report.spam == 0 || report.ham == 0) {
    text.line(fmt::format("Label them: {} has the label {}. See docs/formats/replay.md.",
                          report.spam + report.ham == 0 ? "none" : "not one",
                          report.spam + report.ham == 0 ? "`ham` or `spam`"
                          : report.spam == 0            ? "`spam`"
                                                        : "`ham`"));
  }
  Rows rows;
  if (!asked.html) rows.push_back({"gatepost replay --html OUT.html SESSIONS", "this with plots"});
  rows.push_back(
      {"gatepost replay --sessions-out OUT.jsonl SESSIONS", "each session with its verdict"});
  text.rows(std::move(rows), 0);
}

}  // namespace

void tell_gist(ReportText& text, const ReplayReport& report, const Intervals& intervals) {
  if (report.spam + report.ham + report.unlabelled == 0)
    return text.sentence("There was no session to tell of.");
  text.sentence(fmt::format(
      "Told of {}, {} ham and {} without a label.{}", things(report.spam, "spam session"),
      grouped(report.ham), grouped(report.unlabelled),
      report.warm_up == 0
          ? ""
          : fmt::format(" {} before them only taught the gate.", grouped(report.warm_up))));
  if (report.spam > 0) {
    text.sentence(fmt::format("Of the spam {} was caught when it first came; {}.",
                              fine_share(report.caught, report.spam), uncertain(intervals.caught)));
  }
  if (report.ham > 0) {
    text.sentence(fmt::format("Of the ham {} was deferred or refused when it first came; {}.",
                              fine_share(report.ham_hurt, report.ham), uncertain(intervals.hurt)));
  }
  if (report.unlabelled > 0) {
    text.sentence(fmt::format("Of those without a label {} was refused when it first came.",
                              fine_share(report.unlabelled_refused, report.unlabelled)));
  }
}

void tell_spam(ReportText& text, const ReplayReport& report, const SpamReturns& returns) {
  if (report.spam == 0) return;
  text.heading("Spam");
  const auto row = [&](std::string_view what, std::uint64_t sessions) {
    return std::vector<std::string>{std::string(what), grouped(sessions),
                                    fine_share(sessions, report.spam)};
  };
  text.rows({row("caught when it first came", report.caught),
             row("of that came again and got in", report.came_back),
             row("kept out in the end", report.caught - report.came_back),
             row("missed", report.spam - report.caught)},
            2);
  text.note(
      fmt::format("Who comes again is not on record. It is taken that of the senders of spam {} "
                  "never do, {} once within a minute, and the others after 8 minutes, half an hour "
                  "and 4 hours.",
                  fine_share(returns.never), fine_share(returns.too_soon)));
}

void tell_ham(ReportText& text, const ReplayReport& report) {
  if (report.ham == 0) return;
  text.heading("Good mail");
  const auto row = [&](std::string_view what, std::uint64_t sessions) {
    return std::vector<std::string>{std::string(what), grouped(sessions),
                                    fine_share(sessions, report.ham)};
  };
  const auto delayed = delayed_of(report);
  text.rows({row("deferred when it first came", report.ham_tempfailed),
             row("delivered late", delayed.size()), row("refused for good", report.ham_rejected),
             row("lost: deferred until its server gave up", report.ham_lost)},
            2);
  text.line(fmt::format("Of what was delivered {}.", delays_in_words(report.ham_delays)));
  if (!delayed.empty()) text.line(fmt::format("Of what was delayed {}.", delays_in_words(delayed)));
}

void tell_senders(ReportText& text, const ReplayReport& report) {
  if (!report.senders.empty()) {
    text.heading("Whose good mail was hurt");
    text.line(fmt::format("{} of {}.", grouped(report.senders.size()),
                          things(report.ham_senders, "sender")));
    const auto shown = std::min(report.senders.size(), kHurtShown);
    text.rows(sender_rows(report.senders, shown), 4, report.senders.size() - shown);
  }
  if (report.largest.empty()) return;
  text.heading("Who sends most good mail");
  text.rows(sender_rows(report.largest, report.largest.size()), 4,
            report.ham_senders - report.largest.size());
}

void tell_checks(ReportText& text, const Overlap& overlap) {
  Rows rows{{"CHECK", "SPAM", "HAM", "ONLY", "ALONE", "NEEDED", "SHARE", "OF HAM"}};
  for (const auto& check : overlap.checks) {
    if (check.hit.spam + check.hit.ham == 0 && is_nothing(check.shapley_spam)) continue;
    rows.push_back({std::string(to_string(check.check)), grouped(check.hit.spam),
                    grouped(check.hit.ham), grouped(check.only.spam), grouped(check.alone.spam),
                    grouped(check.needed.spam), amount(check.shapley_spam),
                    amount(check.shapley_ham)});
  }
  if (rows.size() == 1) return;
  text.heading("What each check had in it");
  text.rows(std::move(rows), 7);
  text.note(
      "SPAM, HAM: sessions that it spoke against, whoever acted. Of that spam: ONLY it spoke; "
      "ALONE "
      "it would refuse, were it the only check; NEEDED: is let in without it. SHARE: its fair part "
      "(Shapley) of the spam that all of them refuse, and then of the ham.");
}

void tell_noted(ReportText& text, const ReplayReport& report) {
  if (report.noted.empty()) return;
  text.heading("What was only noted");
  Rows rows{{"CHECK", "SPAM", "", "HAM", ""}};
  for (const auto& [check, sessions] : report.noted) {
    rows.push_back({std::string(to_string(check)), grouped(sessions.spam),
                    fine_share(sessions.spam, report.spam), grouped(sessions.ham),
                    fine_share(sessions.ham, report.ham)});
  }
  text.rows(std::move(rows), 4);
}

void tell_best(ReportText& text, const ReplayReport& report, const Overlap& overlap) {
  if (overlap.few.empty()) return;
  text.heading("The best one, two, three");
  Rows rows{{"CHECKS", "SPAM", "", "HAM", ""}};
  const auto add = [&](std::string name, const Labelled& refused) {
    rows.push_back({std::move(name), grouped(refused.spam), fine_share(refused.spam, report.spam),
                    grouped(refused.ham), fine_share(refused.ham, report.ham)});
  };
  for (const auto& team : overlap.few) add(names_of(team.checks), team.refused);
  if (overlap.few.size() < overlap.best.size()) add("all", overlap.refused);
  text.rows(std::move(rows), 4);
}

void tell_overlap(ReportText& text, const Overlap& overlap) {
  if (overlap.rows.empty()) return;
  text.heading("Who spoke against the same");
  Rows rows{{"CHECKS", "SPAM", "REFUSED", "HAM", "REFUSED"}};
  const auto shown = std::min(overlap.rows.size(), kRowsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& row = overlap.rows[i];
    rows.push_back({row.checks.empty() ? "(none)" : names_of(row.checks),
                    grouped(row.sessions.spam), grouped(row.refused.spam),
                    grouped(row.sessions.ham), grouped(row.refused.ham)});
  }
  text.rows(std::move(rows), 4, overlap.rows.size() - shown);
}

void tell_chance(ReportText& text, const ReplayReport& report, const Intervals& intervals) {
  if (report.spam + report.ham == 0) return;
  text.heading("By chance");
  text.line(fmt::format("Who refused as many at random would refuse {} of both, spam and ham.",
                        fine_share(intervals.by_chance)));
}

void tell_missing(ReportText& text, const ReplayReport& report, const Missing& missing) {
  if (missing.checks.empty()) return;
  text.heading("What was not on record");
  Rows rows{{"CHECK", "SPAM", "", "HAM", ""}};
  std::string always;
  for (const auto& check : missing.checks) {
    rows.push_back({std::string(to_string(check.check)), grouped(check.blind.spam),
                    fine_share(check.blind.spam, report.spam), grouped(check.blind.ham),
                    fine_share(check.blind.ham, report.ham)});
    if (check.always) always += fmt::format(" {}", to_string(check.check));
  }
  text.rows(std::move(rows), 4);
  text.note("Sessions in which a check had nothing to look at, which speaks for nobody.");
  if (!always.empty()) text.note("Told of no session, so this is a replay without it:" + always);
  if (missing.open.spam > 0) {
    text.note(fmt::format("With the rest on record {} to {} of the spam might have been caught.",
                          fine_share(report.caught, report.spam),
                          fine_share(report.caught + missing.open.spam, report.spam)));
  }
  if (missing.open.ham > 0) {
    text.note(fmt::format("With the rest on record {} to {} of the ham might have been hurt.",
                          fine_share(report.ham_hurt, report.ham),
                          fine_share(report.ham_hurt + missing.open.ham, report.ham)));
  }
}

std::string render_replay(const ReplayReport& report, const Overlap& overlap,
                          const Intervals& intervals, const Missing& missing,
                          const ReplayAsked& asked, bool colour) {
  ReportText text(colour);
  tell_gist(text, report, intervals);
  tell_spam(text, report, asked.spam_returns);
  tell_ham(text, report);
  tell_senders(text, report);
  tell_checks(text, overlap);
  tell_noted(text, report);
  tell_best(text, report, overlap);
  tell_overlap(text, overlap);
  tell_chance(text, report, intervals);
  if (asked.beside) {
    tell_memory(text, report, *asked.beside);
    tell_against(text, report, *asked.beside);
  }
  tell_missing(text, report, missing);
  tell_next(text, report, asked);
  return text.take();
}

}  // namespace gatepost
