// Implements checks/dnsbl/answer_filter.h.
#include "checks/dnsbl/answer_filter.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::string_view kAll = "127.[0..255].[0..255].[0..255]";

// As inet_pton: no leading zeros.
std::optional<std::size_t> parse_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_decimal<std::uint8_t>(text);
}

// The parts between dots, of which those inside brackets do not separate.
std::vector<std::string_view> split_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool in_brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') in_brackets = true;
    if (text[i] == ']') in_brackets = false;
    if (text[i] != '.' || in_brackets) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

Error wrong_part(std::string_view part) {
  return Error{
      fmt::format("its part \"{}\" is no number from 0 to 255 and no such numbers or "
                  "ranges in brackets",
                  escape(part, 40))};
}

}  // namespace

AnswerFilter::AnswerFilter() : text_(kAll) {
  parts_[0].set(127);
  for (std::size_t i = 1; i < parts_.size(); ++i) parts_[i].set();
}

Result<AnswerFilter::Part> AnswerFilter::parse_part(std::string_view text) {
  Part part;
  if (const auto number = parse_number(text)) {
    part.set(*number);
    return part;
  }
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return wrong_part(text);
  for (const auto item : split(text.substr(1, text.size() - 2), ';')) {
    const auto dots = item.find("..");
    const auto first = parse_number(item.substr(0, dots));
    const auto last = dots == std::string_view::npos ? first : parse_number(item.substr(dots + 2));
    if (!first || !last) return wrong_part(text);
    if (*first > *last) {
      return Error{fmt::format("its range \"{}\" ends before it begins", escape(item, 40))};
    }
    for (auto number = *first; number <= *last; ++number) part.set(number);
  }
  return part;
}

Result<AnswerFilter> AnswerFilter::parse(std::string_view text) {
  const auto texts = split_parts(text);
  if (texts.size() != 4) {
    return Error{fmt::format("has {} part{} between dots, not 4", texts.size(),
                             texts.size() == 1 ? "" : "s")};
  }
  AnswerFilter filter;
  filter.text_ = text;
  for (std::size_t i = 0; i < 4; ++i) {
    auto part = parse_part(texts[i]);
    if (!part) return Error{part.error()};
    filter.parts_[i] = *part;
  }
  const auto is_only = [&](std::size_t part, std::size_t number) {
    return filter.parts_[part].count() == 1 && filter.parts_[part].test(number);
  };
  if (!is_only(0, 127)) return Error{"is not in 127.0.0.0/8, and no other answer counts"};
  if (is_only(1, 255) && is_only(2, 255)) {
    return Error{"is in 127.255.255.0/24, where lists keep their error codes"};
  }
  if (is_only(1, 0) && is_only(2, 0) && is_only(3, 1)) {
    return Error{"is an answer that never counts: some lists refuse questions by it"};
  }
  return filter;
}

bool AnswerFilter::matches(const Address& code) const {
  if (!code.is_v4()) return false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].test(code.bytes()[12 + i])) return false;
  }
  return true;
}

}  // namespace gatepost
