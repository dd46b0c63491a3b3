// Implements the sections of ops/mine_report/page_parts.h that tell of lines and files.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ops/cli/render_parts.h"
#include "ops/mine_report/mine_words.h"
#include "ops/mine_report/page_parts.h"
#include "ops/page/bars.h"
#include "ops/page/html.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

constexpr std::size_t kFilesShown = 5;
constexpr std::size_t kFilesMost = 1'000;
constexpr std::size_t kSamplesMost = 30;

std::vector<std::string> row_of(const MinedFile& file, std::string name) {
  return {
      std::move(name),      grouped(file.lines),   bytes_in_words(static_cast<double>(file.bytes)),
      grouped(file.events), grouped(file.unknown), minute_of(file.first),
      minute_of(file.last)};
}

std::string files_table(const MineReport& report) {
  HtmlTable table{"The files, decompressed.",
                  {{"File", "text"},
                   {"Lines", "number"},
                   {"Size", "number"},
                   {"Events", "number wide"},
                   {"Unknown", "number"},
                   {"First", "time wide"},
                   {"Last", "time wide"}},
                  {}};
  if (report.files.size() != 1) {
    table.rows.push_back(row_of(report.all, things(report.files.size(), "file")));
  }
  for (std::size_t i = 0; i < std::min(report.files.size(), kFilesMost); ++i) {
    table.rows.push_back(row_of(report.files[i], html(report.files[i].name)));
  }
  table.in_all = report.files.size();
  table.all_by = kAllBy;
  return to_string(table, kFilesShown + 1);
}

std::string troubles(const MineReport& report) {
  std::string text;
  for (const auto& file : report.files) {
    if (file.trouble.empty()) continue;
    text += fmt::format("<p class=\"bad\">{}: {}</p>\n", html(file.name), html(file.trouble));
  }
  return text;
}

std::string unknown_lines(const MineReport& report) {
  if (report.unknown_lines.empty()) return {};
  const auto shown = std::min(report.unknown_lines.size(), kSamplesMost);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("<p class=\"log\">{}</p>\n", html(report.unknown_lines[i]));
  }
  return html_folded(fmt::format("{} of no mail server that is known here, for example",
                                 things(report.all.unknown, "line")),
                     text);
}

}  // namespace

std::string what_the_lines_tell(const MineReport& report) {
  HtmlTable table{"Each line tells of one event.",
                  {{"Event", ""}, {"", "bar"}, {"Lines", "number"}, {"", ""}},
                  {}};
  std::vector<std::pair<std::uint64_t, LogEvent::Kind>> kinds;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    if (report.by_kind.at(i) == 0) continue;
    kinds.emplace_back(report.by_kind.at(i), static_cast<LogEvent::Kind>(i));
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [count, kind] : kinds) {
    table.rows.push_back(
        {std::string(to_string(kind)),
         bar({{is_offence(kind) ? "miss" : "plain", "lines", count}}, kinds.front().first),
         grouped(count), is_offence(kind) ? "offence" : ""});
  }
  return html_section("What the lines tell", to_string(table, table.rows.size()));
}

std::string what_was_read(const MineReport& report) {
  if (report.files.empty()) return {};
  auto text = files_table(report) + troubles(report);
  if (report.took > Duration::zero()) {
    const auto milliseconds = static_cast<double>(report.took.count());
    text += fmt::format("<p class=\"note\">Read in {:.1f} seconds: {:.0f} MB/s.</p>\n",
                        milliseconds / 1000,
                        static_cast<double>(report.all.bytes) / 1e3 / milliseconds);
  }
  return html_section("What was read", text + unknown_lines(report));
}

}  // namespace gatepost
