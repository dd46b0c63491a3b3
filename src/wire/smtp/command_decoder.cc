// Implements wire/smtp/command_decoder.h.
#include "wire/smtp/command_decoder.h"

#include <cassert>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::string_view kCrlf = "\r\n";
constexpr std::string_view kAuth = "AUTH ";

}  // namespace

void CommandDecoder::limit(std::size_t line_length_max) {
  assert(line_length_max <= kAuthLineLengthMax);
  line_length_max_ = line_length_max;
}

CommandDecoder::Step CommandDecoder::decode(std::string_view bytes) {
  if (handed_on_) forget();
  Step step;
  if (bytes.empty()) return step;
  const auto newline = bytes.find('\n');
  const bool ends = newline != std::string_view::npos;
  const auto part = bytes.substr(0, ends ? newline + 1 : bytes.size());
  step.consumed = part.size();

  if (swallowed_ > 0 || !fits(part)) {
    swallowed_ += partial_.size() + part.size();
    forget();
    if (swallowed_ > kSwallowMax) {
      step.outcome = Outcome::flood;
    } else if (ends) {
      step.outcome = Outcome::too_long;
      swallowed_ = 0;
    }
    return step;
  }

  const bool whole = partial_.empty() && ends;  // the usual case: nothing is copied
  if (!whole) keep(part);
  if (!ends) return step;
  handed_on_ = !whole;
  step.line = whole ? part : std::string_view(partial_);
  step.outcome = judge(step.line);
  if (step.outcome == Outcome::line) {
    step.line.remove_suffix(kCrlf.size());
  } else {
    step.line = {};
  }
  return step;
}

bool CommandDecoder::fits(std::string_view part) const {
  const auto length = partial_.size() + part.size();
  if (length <= line_length_max_ + kCrlf.size()) return true;
  auto begin = partial_.substr(0, kAuth.size());
  begin += part.substr(0, kAuth.size());
  return length <= kAuthLineLengthMax + kCrlf.size() && starts_with_ignoring_case(begin, kAuth);
}

// Reserved at once, so that a string that doubles as it grows takes no more than a line may.
void CommandDecoder::keep(std::string_view part) {
  const auto length = partial_.size() + part.size();
  if (length > partial_.capacity()) {
    const bool long_line = length > kLineLengthMax + kCrlf.size();
    partial_.reserve((long_line ? kAuthLineLengthMax : kLineLengthMax) + kCrlf.size());
  }
  partial_ += part;
}

void CommandDecoder::forget() {
  handed_on_ = false;
  if (partial_.capacity() > kLineLengthMax + kCrlf.size()) {
    std::string().swap(partial_);  // long lines are rare
  } else {
    partial_.clear();
  }
}

CommandDecoder::Outcome CommandDecoder::judge(std::string_view whole_line) const {
  const auto text = whole_line.substr(0, whole_line.size() - 1);
  if (text.empty() || text.back() != '\r') return Outcome::bare_lf;
  const auto content = text.substr(0, text.size() - 1);
  if (content.find('\0') != std::string_view::npos) return Outcome::nul;
  if (content.find('\r') != std::string_view::npos) return Outcome::bare_cr;
  return Outcome::line;
}

}  // namespace gatepost
