// Implements ops/page/html.h.
#include "ops/page/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string row_of(const HtmlTable& table, const std::vector<std::string>& row) {
  std::string text = "<tr>";
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto& css = table.columns.at(i).css;
    text += i == 0 ? "<th scope=\"row\"" : "<td";
    text += css.empty() ? ">" : fmt::format(" class=\"{}\">", css);
    text += row[i] + (i == 0 ? "</th>" : "</td>");
  }
  return text + "</tr>\n";
}

std::string rows_of(const HtmlTable& table, std::string_view caption, std::size_t first,
                    std::size_t last) {
  auto text = fmt::format("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>",
                          html(caption));
  for (const auto& column : table.columns) {
    text += fmt::format("<th scope=\"col\"{}>{}</th>",
                        column.css.empty() ? "" : fmt::format(" class=\"{}\"", column.css),
                        html(column.title));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (auto i = first; i < last; ++i) text += row_of(table, table.rows[i]);
  return text + "</tbody></table></div>\n";
}

}  // namespace

std::string html(std::string_view text, std::size_t length_max) {
  std::string out;
  for (const char c : escape(text, length_max)) {
    const auto entity = entity_of(c);
    entity.empty() ? out += c : out += entity;
  }
  return out;
}

std::string to_string(const HtmlTable& table, std::size_t shown) {
  const auto here = table.rows.size();
  if (here == 0) return {};
  auto text = rows_of(table, table.caption, 0, std::min(here, shown));
  if (here > shown) {
    const auto next = fmt::format("The next {}", grouped(here - shown));
    text += html_folded(next, rows_of(table, "Continued", shown, here));
  }
  if (table.in_all > here) {
    text += fmt::format("<p class=\"note\">And {} more: <code>{}</code>.</p>\n",
                        grouped(table.in_all - here), html(table.all_by));
  }
  return text;
}

std::string html_section(std::string_view heading, std::string_view content) {
  if (content.empty()) return {};
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", html(heading), content);
}

std::string html_folded(std::string_view summary, std::string_view content) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", html(summary), content);
}

std::string html_list(const std::vector<std::string>& sentences) {
  if (sentences.empty()) return {};
  std::string text = "<ul class=\"told\">\n";
  for (const auto& sentence : sentences) text += "<li>" + html(sentence) + "</li>\n";
  return text + "</ul>\n";
}

}  // namespace gatepost
