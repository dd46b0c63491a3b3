// Implements the sections of ops/replay_report/replay_page_parts.h that tell of senders.
#include <fmt/format.h>

#include "ops/page/html.h"
#include "ops/page/words.h"
#include "ops/replay_report/replay_page_parts.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr std::size_t kShown = 20;
constexpr std::size_t kMost = 500;

std::string counted(std::uint64_t count, bool is_bad) {
  return count > 0 && is_bad ? fmt::format("<b class=\"bad\">{}</b>", grouped(count))
                             : grouped(count);
}

HtmlTable senders_table(const std::vector<ReplayReport::Sender>& senders, std::string caption) {
  HtmlTable table{std::move(caption),
                  {{"Address", ""},
                   {"Name", "text"},
                   {"Ham", "number"},
                   {"Refused at first", "number"},
                   {"for good", "number"},
                   {"Lost", "number"},
                   {"Why", "text wide"}},
                  {}};
  for (std::size_t i = 0; i < std::min(senders.size(), kMost); ++i) {
    const auto& sender = senders[i];
    table.rows.push_back({sender.client.to_string(), html(sender.name), grouped(sender.ham),
                          counted(sender.hurt, false), counted(sender.rejected, true),
                          counted(sender.lost, true), html(sender.why)});
  }
  table.in_all = senders.size();
  table.all_by = "gatepost replay --json";
  return table;
}

}  // namespace

std::string who_was_hurt(const ReplayReport& report) {
  if (report.ham == 0) return {};
  const auto table =
      senders_table(report.senders, "Senders of ham that were refused once or more, most first.");
  return html_section("Who was hurt", report.senders.empty()
                                          ? "<p class=\"good\">No sender of ham was refused.</p>\n"
                                          : to_string(table, kShown));
}

std::string largest_senders(const ReplayReport& report) {
  const auto table = senders_table(report.largest, "Who sends most ham, hurt or not.");
  return html_section("The largest senders of ham", to_string(table, kShown));
}

}  // namespace gatepost
