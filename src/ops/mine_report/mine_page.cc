// Implements ops/mine_report/mine_page.h.
#include "ops/mine_report/mine_page.h"

#include <fmt/format.h>

#include "ops/cli/render_parts.h"
#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/page/html.h"
#include "ops/page/page.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

// "/var/log/mail.log", or how many; how long, and from when to when.
std::string subject_of(const MineReport& report) {
  auto subject = report.files.size() == 1 ? html(report.files.front().name)
                                          : things(report.files.size(), "log");
  subject += fmt::format(": {}, {}", things(report.all.lines, "line"),
                         bytes_in_words(static_cast<double>(report.all.bytes)));
  if (report.all.first == kNever) return subject;
  return fmt::format("{}, {} to {}", subject, minute_of(report.all.first),
                     minute_of(report.all.last));
}

}  // namespace

std::string mine_page(const MineReport& report) {
  auto page = page_head("What the mail logs tell");
  page += fmt::format("<body>\n<header>\n<h1>What the mail logs tell</h1>\n<p>{}</p>\n</header>\n",
                      subject_of(report));
  page += "<main>\n" + tiles(report) + html_list(gist_of(report));
  for (const auto part : {over_time, the_worst, also_good, what_the_gate_does, where_they_are,
                          what_the_lines_tell, what_was_read}) {
    page += part(report);
  }
  page += fmt::format(
      "</main>\n<footer>Made by gatepost mine. Times are local ({}).</footer>\n</body>\n"
      "</html>\n",
      html(zone_of(report.all.last)));
  return page;
}

}  // namespace gatepost
