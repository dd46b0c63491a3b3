// Implements wire/mbox/mbox_decoder.h.
#include "wire/mbox/mbox_decoder.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_clock(std::string_view word) {
  return (word.size() == 5 || word.size() == 8) && word[2] == ':' &&
         std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }) ==
             (word.size() == 5 ? 4 : 6);
}

bool is_year(std::string_view word) {
  const auto year = parse_decimal<unsigned>(word);
  return word.size() == 4 && year && *year >= 1970 && *year <= 2100;
}

// "Thu Aug 22 12:36:23 2002", a zone before or behind the year.
bool is_date(const std::vector<std::string_view>& words, std::size_t at) {
  if (at + 4 >= words.size()) return false;
  const auto day = parse_decimal<unsigned>(words[at + 2]);
  if (!is_one_of(kDays, words[at]) || !is_one_of(kMonths, words[at + 1]) || !day || *day > 31 ||
      !is_clock(words[at + 3]))
    return false;
  return is_year(words[at + 4]) || (at + 5 < words.size() && is_year(words[at + 5]));
}

bool is_from_line(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  std::vector<std::string_view> words;
  for (const auto word : split(trim(line), ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  for (std::size_t at = 1; at < words.size(); ++at) {
    if (is_date(words, at)) return true;
  }
  return false;
}

bool is_quoted_from(std::string_view line) {
  const auto quotes = std::min(line.find_first_not_of('>'), line.size());
  return quotes > 0 && line.substr(quotes).starts_with("From ");
}

bool is_empty(std::string_view line) { return line == "\n" || line == "\r\n"; }

}  // namespace

MboxDecoder::Step MboxDecoder::decode(std::string_view bytes) {
  if (is_no_mbox_) return {Outcome::no_mbox, 0, {}};
  std::size_t consumed = 0;
  while (consumed < bytes.size()) {
    const auto rest = bytes.substr(consumed);
    const auto line_end = rest.find('\n');
    const bool is_whole = line_end != std::string_view::npos;
    const auto wanted = is_whole ? line_end + 1 : rest.size();
    const auto piece = rest.substr(0, std::min(wanted, kLineMax - line_.size()));
    line_ += piece;
    consumed += piece.size();
    if (line_.size() < kLineMax && !line_.ends_with('\n')) break;
    const auto step = take_line(consumed);
    if (step.outcome != Outcome::need_more) return step;
  }
  return {Outcome::need_more, consumed, {}};
}

MboxDecoder::Step MboxDecoder::finish() {
  if (is_no_mbox_) return {Outcome::no_mbox, 0, {}};
  if (line_.empty()) return {};
  return take_line(0);
}

// A whole line, or as much of one as is kept, is there.
MboxDecoder::Step MboxDecoder::take_line(std::size_t consumed) {
  const bool is_whole = line_.ends_with('\n');
  const bool is_beginning = !is_within_line_;
  is_within_line_ = !is_whole;
  if (!is_beginning) return give_line(consumed);
  const bool may_begin = !has_begun_ || !waiting_.empty();
  if (may_begin && line_.size() < kLineMax && is_from_line(line_)) {
    line_.clear();
    waiting_ = {};
    has_begun_ = true;
    return {Outcome::begin, consumed, {}};
  }
  if (!has_begun_ && is_empty(line_)) {
    line_.clear();
    return {};
  }
  if (!has_begun_) {
    is_no_mbox_ = true;
    return {Outcome::no_mbox, consumed, {}};
  }
  if (is_quoted_from(line_)) line_.erase(0, 1);
  return give_line(consumed);
}

MboxDecoder::Step MboxDecoder::give_line(std::size_t consumed) {
  content_.assign(waiting_);
  waiting_ = {};
  if (is_empty(line_) && !is_within_line_) {
    waiting_ = line_ == "\n" ? "\n" : "\r\n";
  } else {
    content_ += line_;
  }
  line_.clear();
  if (content_.empty()) return {};
  return {Outcome::content, consumed, content_};
}

}  // namespace gatepost
