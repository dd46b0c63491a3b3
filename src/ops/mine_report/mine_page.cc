// Implements ops/mine_report/mine_page.h.
#include "ops/mine_report/mine_page.h"

#include <fmt/format.h>

#include <ctime>

#include "ops/cli/render_parts.h"
#include "ops/mine_report/html.h"
#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/mine_report/page_style.h"

namespace gatepost {
namespace {

std::string head(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      page_style_hash(), html(title), page_style());
}

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

std::string zone_of(WallTime time) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(time) / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Z", &parts)};
}

}  // namespace

std::string mine_page(const MineReport& report) {
  auto page = head("What the mail logs tell");
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
