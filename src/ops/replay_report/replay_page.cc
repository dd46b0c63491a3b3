// Implements ops/replay_report/replay_page.h.
#include "ops/replay_report/replay_page.h"

#include <fmt/format.h>

#include "ops/page/html.h"
#include "ops/page/page.h"
#include "ops/page/page_style.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_page_parts.h"

namespace gatepost {
namespace {

std::string subject_of(const ReplayReport& report, const ReplayRun& run) {
  auto subject = run.files.size() == 1 ? html(run.files.front()) : things(run.files.size(), "file");
  subject += fmt::format(": {} spam, {} ham", grouped(report.spam), grouped(report.ham));
  if (report.unlabelled > 0) subject += fmt::format(", {} unlabelled", grouped(report.unlabelled));
  return fmt::format("{}; settings: {}", subject,
                     run.settings.empty() ? "defaults" : html(run.settings));
}

}  // namespace

std::string replay_page(const ReplayReport& report, const Overlap& overlap,
                        const Intervals& intervals, const Missing& missing, const ReplayRun& run) {
  auto page = page_head("What the gate would have done", {figure_style()});
  page += fmt::format(
      "<body>\n<header>\n<h1>What the gate would have done</h1>\n<p>{}</p>\n</header>\n<main>\n",
      subject_of(report, run));
  page += replay_tiles(report, intervals) + replay_gist(report, overlap, intervals);
  page += who_speaks_together(overlap) + what_each_adds(overlap, report) +
          the_best_few(overlap, report);
  page += who_was_hurt(report) + largest_senders(report);
  page += memory_section(report, run.beside) + against_section(report, run.beside);
  page += what_was_missing(missing, report) + how_it_was_done(report, run);
  return page + "</main>\n<footer>Made by gatepost replay.</footer>\n</body>\n</html>\n";
}

}  // namespace gatepost
