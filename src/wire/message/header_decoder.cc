// Implements wire/message/header_decoder.h.
#include "wire/message/header_decoder.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kBlock = 512;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_name_letter(char c) { return c > 32 && c < 127 && c != ':'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

HeaderDecoder::Step HeaderDecoder::decode(std::string_view bytes) {
  Step step;
  while (state_ != State::ended && step.consumed < bytes.size())
    step.consumed += take(bytes.substr(step.consumed));
  step.is_end = state_ == State::ended;
  if (step.is_end) step.held = line_;
  return step;
}

HeaderDecoder::Step HeaderDecoder::finish() {
  if (state_ == State::value_cr) append("\r");
  if (state_ == State::start_cr) line_ = "\r";
  if (state_ != State::ended) end_in_body();
  return {true, 0, line_};
}

// How many bytes were taken; none where the body begins here.
std::size_t HeaderDecoder::take(std::string_view bytes) {
  const char c = bytes.front();
  switch (state_) {
    case State::line_start:
      take_at_line_start(c);
      return state_ == State::ended && !ended_at_empty_line_ ? 0 : 1;
    case State::start_cr:
      ended_at_empty_line_ = c == '\n';
      if (!ended_at_empty_line_) line_ = "\r";
      end_in_body();
      return ended_at_empty_line_ ? 1 : 0;
    case State::name:
    case State::name_gap:
      take_in_name(c);
      return state_ == State::ended ? 0 : 1;
    case State::value_cr:
      state_ = c == '\n' ? State::line_start : State::value;
      if (c == '\n') return 1;
      append("\r");
      return 0;
    case State::value:
      return take_value(bytes);
    case State::from_line:
      if (c == '\n') state_ = State::line_start;
      return 1;
    case State::ended:
      break;
  }
  return 0;
}

std::size_t HeaderDecoder::take_value(std::string_view bytes) {
  // Looks at a block only, lest one CR after the other be found by reading all that is behind it.
  bytes = bytes.substr(0, kBlock);
  auto end = std::min(bytes.find('\n'), bytes.size());
  end = std::min(bytes.substr(0, end).find('\r'), end);
  append(bytes.substr(0, end));
  if (end == bytes.size()) return end;
  state_ = bytes[end] == '\n' ? State::line_start : State::value_cr;
  return end + 1;
}

void HeaderDecoder::take_at_line_start(char c) {
  if (is_blank(c) && has_field_) {
    append({&c, 1});
    state_ = State::value;
  } else if (c == '\r') {
    state_ = State::start_cr;
  } else if (c == '\n') {
    ended_at_empty_line_ = true;
    end_in_body();
  } else if (!is_name_letter(c)) {
    end_in_body();
  } else {
    close_field();
    line_.assign(1, c);
    state_ = State::name;
  }
}

void HeaderDecoder::take_in_name(char c) {
  if (c == ':') {
    begin_field(line_);
    line_.clear();
    is_first_line_ = false;
    state_ = State::value;
    return;
  }
  const bool is_gap = is_blank(c);
  const bool is_letter = is_name_letter(c) && state_ == State::name;
  if (is_first_line_ && !is_gap && state_ == State::name_gap &&
      (line_.starts_with("From ") || line_.starts_with(">From "))) {
    line_.clear();
    is_first_line_ = false;
    state_ = c == '\n' ? State::line_start : State::from_line;
  } else if ((is_gap || is_letter) && line_.size() < kNameMax) {
    line_ += c;
    if (is_gap) state_ = State::name_gap;
  } else {
    end_in_body();
  }
}

void HeaderDecoder::begin_field(std::string_view name) {
  field_.name = without_blanks(name);
  has_field_ = true;
  is_wanted_ = only_.empty() || equals_ignoring_case(field_.name, only_);
}

void HeaderDecoder::append(std::string_view bytes) {
  if (!is_wanted_) return;
  const auto have = field_.name.size() + field_.value.size();
  const auto room = have < kFieldMax ? kFieldMax - have : 0;
  field_.value += bytes.substr(0, room);
  if (bytes.size() > room) field_.is_cut = true;
}

void HeaderDecoder::close_field() {
  if (!has_field_) return;
  has_field_ = false;
  const auto value = without_blanks(field_.value);
  const auto size = field_.name.size() + value.size();
  // Nothing behind the first that is left out is kept, lest the fields look like neighbours.
  const bool fits = fields_.size() < kFieldsMax && size <= kHeaderMax - kept_;
  if (is_wanted_ && !fits) has_left_out_ = true;
  if (is_wanted_ && !has_left_out_) {
    kept_ += size;
    fields_.push_back({std::move(field_.name), std::string(value), field_.is_cut});
  }
  field_ = {};
}

void HeaderDecoder::add(std::string_view name, std::string_view value) {
  if (state_ == State::ended) return;
  close_field();
  begin_field(name);
  while (!value.empty()) {
    const auto end = value.find('\n');
    append(value.substr(0, end));
    if (is_wanted_ && end != std::string_view::npos && field_.value.ends_with('\r'))
      field_.value.pop_back();
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  close_field();
}

void HeaderDecoder::end_in_body() {
  close_field();
  state_ = State::ended;
}

SplitMessage split_message(std::string_view message) {
  HeaderDecoder decoder;
  const auto step = decoder.decode(message);
  const auto held = decoder.finish().held.size();
  return {decoder.fields(), message.substr(step.consumed - held), decoder.has_left_out()};
}

std::string with_single_blanks(std::string_view value) {
  std::string text;
  for (const char c : trim(value)) {
    const bool is_gap = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_gap || !text.ends_with(' ')) text += is_gap ? ' ' : c;
  }
  return text;
}

const HeaderField* only_field(const std::vector<HeaderField>& fields, std::string_view name) {
  const HeaderField* only = nullptr;
  for (const auto& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (only != nullptr) return nullptr;
    only = &field;
  }
  return only;
}

}  // namespace gatepost
