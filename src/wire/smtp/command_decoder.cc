// Implements wire/smtp/command_decoder.h.
#include "wire/smtp/command_decoder.h"

#include <cstring>

namespace gatepost {

CommandDecoder::Step CommandDecoder::decode(std::string_view bytes) {
  Step step;
  if (bytes.empty()) return step;
  const auto newline = bytes.find('\n');
  const bool ends = newline != std::string_view::npos;
  const auto part = bytes.substr(0, ends ? newline + 1 : bytes.size());
  step.consumed = part.size();

  if (swallowed_ > 0 || partial_length_ + part.size() > partial_.size()) {
    swallowed_ += partial_length_ + part.size();
    partial_length_ = 0;
    if (swallowed_ > kSwallowMax) {
      step.outcome = Outcome::flood;
    } else if (ends) {
      step.outcome = Outcome::too_long;
      swallowed_ = 0;
    }
    return step;
  }

  if (partial_length_ == 0 && ends) {  // the usual case: the line lies whole in the chunk
    step.outcome = judge(part);
    step.line = part;
  } else {
    std::memcpy(partial_.data() + partial_length_, part.data(), part.size());
    partial_length_ += part.size();
    if (!ends) return step;
    step.line = {partial_.data(), partial_length_};
    step.outcome = judge(step.line);
    partial_length_ = 0;
  }
  if (step.outcome == Outcome::line) {
    step.line.remove_suffix(2);
  } else {
    step.line = {};
  }
  return step;
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
