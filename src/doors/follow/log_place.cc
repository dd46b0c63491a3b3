// Implements doors/follow/log_place.h.
#include "doors/follow/log_place.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::string_view kFirstLine = "gatepost log position 1";
constexpr std::size_t kFields = 10;

template <typename Unsigned>
bool read_field(std::string_view field, Unsigned& into) {
  const auto number = parse_decimal<Unsigned>(field);
  if (number) into = *number;
  return number.has_value();
}

std::optional<LogPlace> read_place(std::string_view line) {
  const auto fields = split(line, ' ');
  if (fields.size() != kFields || fields[0] != "file") return {};
  if (fields[1] != "open" && fields[1] != "left") return {};
  LogPlace place;
  place.left = fields[1] == "left";
  std::uint32_t in_long_line = 0;
  const bool well =
      read_field(fields[2], place.device) && read_field(fields[3], place.inode) &&
      read_field(fields[4], place.offset) && read_field(fields[5], in_long_line) &&
      read_field(fields[6], place.head.length) && read_field(fields[7], place.head.sum) &&
      read_field(fields[8], place.tail.length) && read_field(fields[9], place.tail.sum);
  place.in_long_line = in_long_line != 0;
  if (!well || in_long_line > 1 || place.head.length > kHeadMax || place.tail.length > kTailMax ||
      place.head.length > place.offset || place.tail.length > place.offset)
    return {};
  return place;
}

}  // namespace

Fingerprint Fingerprint::of(std::string_view bytes) {
  Fingerprint print;
  print.length = static_cast<std::uint32_t>(bytes.size());
  for (const char c : bytes) {
    print.sum = (print.sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return print;
}

std::string write_places(std::string_view log, const std::vector<LogPlace>& places) {
  auto text = fmt::format("{}\nlog {}\n", kFirstLine, log);
  for (const auto& place : places) {
    text += fmt::format("file {} {} {} {} {} {} {} {} {}\n", place.left ? "left" : "open",
                        place.device, place.inode, place.offset, place.in_long_line ? 1 : 0,
                        place.head.length, place.head.sum, place.tail.length, place.tail.sum);
  }
  return text + "end\n";
}

Result<std::vector<LogPlace>> read_places(std::string_view text, std::string_view log) {
  const auto lines = split(text, '\n');
  if (lines.size() < 4 || lines.size() > kPlacesMax + 4 || lines[0] != kFirstLine ||
      !lines.back().empty() || lines[lines.size() - 2] != "end")
    return Error{"is no position of a log"};
  if (lines[1] != fmt::format("log {}", log)) return Error{"is of another log"};
  std::vector<LogPlace> places;
  for (std::size_t i = 2; i + 2 < lines.size(); ++i) {
    const auto place = read_place(lines[i]);
    if (!place) return Error{fmt::format("has a line {} that is none", i + 1)};
    places.push_back(*place);
  }
  return places;
}

}  // namespace gatepost
