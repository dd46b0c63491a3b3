// Implements ops/cli/report_text.h.
#include "ops/cli/report_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/cli/render_parts.h"
#include "ops/log/printable.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

constexpr std::size_t kIndent = 2;

void align_right(ReportText::Rows& rows, std::size_t column) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.at(column).size());
  for (auto& row : rows) row.at(column).insert(0, width - row.at(column).size(), ' ');
}

}  // namespace

void ReportText::heading(std::string_view words) {
  text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", bold(words, colour_));
}

void ReportText::sentence(std::string_view words) { text_ += paragraph(printable(words)); }

void ReportText::warning(std::string_view words) {
  const auto line = "  " + printable(words);
  text_ += colour_ ? fmt::format("\x1b[31m{}\x1b[0m\n", line) : line + '\n';
}

void ReportText::line(std::string_view words) { text_ += "  " + printable(words) + '\n'; }

void ReportText::note(std::string_view words) { text_ += "  " + paragraph(printable(words)); }

void ReportText::rows(Rows rows, std::size_t numbers, std::uint64_t left_out) {
  for (std::size_t column = 1; column <= numbers; ++column) align_right(rows, column);
  text_ += table(rows, kIndent);
  if (left_out > 0) line(fmt::format("and {} more", grouped(left_out)));
}

}  // namespace gatepost
