// Implements wire/smtp/reply_decoder.h.
#include "wire/smtp/reply_decoder.h"

#include "base/text.h"

namespace gatepost {

ReplyDecoder::Step ReplyDecoder::decode(std::string_view bytes) {
  Step step;
  while (step.consumed < bytes.size()) {
    const auto rest = bytes.substr(step.consumed);
    const auto newline = rest.find('\n');
    const auto part = rest.substr(0, newline == std::string_view::npos ? rest.size() : newline + 1);
    step.consumed += part.size();
    within_reply_ = true;
    if (partial_.size() + part.size() > kLineLengthMax) {
      step.outcome = Outcome::garbage;
      return step;
    }
    const bool ends = newline != std::string_view::npos;
    const bool whole = partial_.empty() && ends;  // the usual case: nothing is copied
    if (!whole) partial_ += part;
    if (!ends) return step;
    const auto line = take_line(whole ? part : std::string_view(partial_));
    partial_.clear();
    if (line == Line::more) continue;
    step.outcome = line == Line::last ? Outcome::reply : Outcome::garbage;
    lines_ = 0;
    within_reply_ = false;
    return step;
  }
  return step;
}

ReplyDecoder::Line ReplyDecoder::take_line(std::string_view line) {
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto code = parse_decimal<int>(line.substr(0, 3));
  if (!code || *code < 200 || *code > 599 || line.size() < 3) return Line::bad;
  const char separator = line.size() > 3 ? line[3] : ' ';
  if (separator != ' ' && separator != '-') return Line::bad;
  if (lines_ == 0) {
    reply_.code = *code;
    reply_.text.clear();  // its room stays for the next one
  } else if (*code != reply_.code || lines_ == kLinesMax) {
    return Line::bad;
  } else {
    reply_.text += '\n';
  }
  ++lines_;
  if (line.size() > 4) reply_.text += line.substr(4);
  return separator == '-' ? Line::more : Line::last;
}

}  // namespace gatepost
