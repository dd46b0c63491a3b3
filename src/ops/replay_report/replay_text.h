// What a replay came to, as text for a terminal.
#pragma once

#include <string>

#include "lab/replay/intervals.h"
#include "lab/replay/missing.h"
#include "lab/replay/overlap.h"
#include "lab/replay/replay_report.h"
#include "ops/cli/report_text.h"
#include "ops/replay_report/replay_beside.h"

namespace gatepost {

// How it was done, and what the command line asked for besides, which is not advised again.
struct ReplayAsked {
  SpamReturns spam_returns;
  bool html = false;
  const ReplayBeside* beside = nullptr;  // null: nothing
};

std::string render_replay(const ReplayReport& report, const Overlap& overlap,
                          const Intervals& intervals, const Missing& missing,
                          const ReplayAsked& asked, bool colour);

// Its parts. Each is left out where there is nothing to tell. What comes from outside is escaped.
void tell_gist(ReportText& text, const ReplayReport& report, const Intervals& intervals);
void tell_spam(ReportText& text, const ReplayReport& report, const SpamReturns& returns);
void tell_ham(ReportText& text, const ReplayReport& report);
void tell_senders(ReportText& text, const ReplayReport& report);
void tell_checks(ReportText& text, const Overlap& overlap);
void tell_noted(ReportText& text, const ReplayReport& report);
void tell_best(ReportText& text, const ReplayReport& report, const Overlap& overlap);
void tell_overlap(ReportText& text, const Overlap& overlap);
void tell_chance(ReportText& text, const ReplayReport& report, const Intervals& intervals);
void tell_missing(ReportText& text, const ReplayReport& report, const Missing& missing);

}  // namespace gatepost
