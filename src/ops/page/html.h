// Pieces of an HTML page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// Text from outside, or of our own, as it may stand between tags and in a quoted attribute: all
// but printable ASCII is \xHH, what HTML reads is an entity.
std::string html(std::string_view text, std::size_t length_max = 400);

// Of a table's columns; `css` are its classes: "number", "wide" (not on a narrow screen), "bar",
// "text" (broken where it must be).
struct HtmlColumn {
  std::string title;
  std::string css;
};

// Cells are HTML. The first of a row names it. `in_all`: rows that there are, where not all are
// here; `all_by`: the command that tells them.
struct HtmlTable {
  std::string caption;
  std::vector<HtmlColumn> columns;
  std::vector<std::vector<std::string>> rows;
  std::uint64_t in_all = 0;
  std::string all_by = {};
};
// Rows behind the first `shown` are folded away; says how many are not here at all.
std::string to_string(const HtmlTable& table, std::size_t shown);

// A part of the page; empty where `content` is.
std::string html_section(std::string_view heading, std::string_view content);
std::string html_folded(std::string_view summary, std::string_view content);
std::string html_list(const std::vector<std::string>& sentences);

}  // namespace gatepost
