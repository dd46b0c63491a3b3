// Implements ops/cli/render_parts.h.
#include "ops/cli/render_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

// Characters that a cell takes on the screen: escape sequences of colour take none.
std::size_t width_of(std::string_view cell) {
  std::size_t width = 0;
  bool in_sequence = false;
  for (const char c : cell) {
    if (c == '\x1b') in_sequence = true;
    if (!in_sequence) ++width;
    if (in_sequence && c == 'm') in_sequence = false;
  }
  return width;
}

}  // namespace

std::string painted_state(std::string_view state, bool colour) {
  if (!colour) return std::string(state);
  const char* code = state == "jailed" || state == "blocked" ? "31"
                     : state == "good"                       ? "32"
                     : state == "excepted"                   ? "36"
                                                             : "0";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, state);
}

std::string bold(std::string_view text, bool colour) {
  return colour ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

WallTime time_member(const boost::json::object& object, std::string_view key) {
  return WallTime(duration_member(object, key));
}

Duration duration_member(const boost::json::object& object, std::string_view key) {
  return Duration(std::llround(number_member(object, key) * 1000));
}

std::string safe_member(const boost::json::object& object, std::string_view key) {
  return escape(text_member(object, key));
}

std::string sentence_member(const boost::json::object& object, std::string_view key) {
  return printable(text_member(object, key));
}

WhomMember whom_member(const boost::json::object& exception) {
  for (const std::string kind : {"network", "domain", "recipient"}) {
    if (member(exception, kind)) return {kind, safe_member(exception, kind)};
  }
  return {};
}

std::string counted(const boost::json::object& object, std::string_view key, std::string_view one) {
  const auto count = std::llround(number_member(object, key));
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string bytes_in_words(double bytes) {
  for (const char* unit : {"bytes", "KiB", "MiB", "GiB"}) {
    if (bytes < 1024)
      return fmt::format("{:.{}f} {}", bytes, bytes < 10 && *unit != 'b' ? 1 : 0, unit);
    bytes /= 1024;
  }
  return fmt::format("{:.1f} TiB", bytes);
}

std::string paragraph(std::string_view text) {
  constexpr std::size_t kWidth = 80;
  std::string lines;
  std::size_t width = 0;
  for (const auto word : split(text, ' ')) {
    if (width > 0 && width + 1 + word.size() > kWidth) {
      lines += "\n  ";
      width = 2;
    } else if (width > 0) {
      lines += ' ';
      ++width;
    }
    lines += word;
    width += word.size();
  }
  return lines + '\n';
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace gatepost
