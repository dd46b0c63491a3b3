// A report of several parts, as text for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost {

// Everything that was to be told, in the order of the calls. Text from outside is escaped before it
// comes here. With `colour` headings are bold and what is bad is red.
class ReportText {
 public:
  using Rows = std::vector<std::vector<std::string>>;

  explicit ReportText(bool colour) : colour_(colour) {}

  void heading(std::string_view words);
  void sentence(std::string_view words);  // flush left, broken at 80 characters
  void warning(std::string_view words);
  void line(std::string_view words);
  void note(std::string_view words);  // broken as a sentence is
  // Of `numbers`, which begins with the second, the columns are flush right.
  void rows(Rows rows, std::size_t numbers, std::uint64_t left_out = 0);

  std::string take() { return std::move(text_); }

 private:
  bool colour_;
  std::string text_;
};

}  // namespace gatepost
