// Implements lab/sim/talk.h.
#include "lab/sim/talk.h"

#include <fmt/format.h>

#include <charconv>

namespace gatepost {
namespace {

constexpr std::string_view kSubject = "Subject: ";

Talk::Answer answer_of(int code) {
  return code >= 500 ? Talk::Answer::refused : Talk::Answer::deferred;
}

}  // namespace

std::optional<std::string> Talk::quit(Answer answer) {
  answer_ = answer;
  at_ = At::quit;
  return "QUIT\r\n";
}

void Talk::lost() {
  if (at_ >= At::quit) return;
  answer_ = Answer::deferred;
  deferred_.insert(deferred_.end(), taken_.begin(), taken_.end());
  taken_.clear();
  for (; at_ <= At::recipient && recipient_ < mail_.recipients.size(); ++recipient_)
    deferred_.push_back(mail_.recipients[recipient_]);
}

std::optional<std::string> Talk::next_recipient() {
  if (recipient_ < mail_.recipients.size())
    return fmt::format("RCPT TO:<{}>\r\n", mail_.recipients[recipient_]);
  if (taken_.empty()) return quit(deferred_.empty() ? Answer::refused : Answer::deferred);
  at_ = At::data;
  return "DATA\r\n";
}

std::optional<std::string> Talk::hear_recipient(int code) {
  const auto& recipient = mail_.recipients[recipient_++];
  if (code < 300) {
    taken_.push_back(recipient);
  } else if (code < 500) {
    deferred_.push_back(recipient);
  } else {
    ++refused_;
  }
  return next_recipient();
}

std::optional<std::string> Talk::hear_content(int code) {
  is_told_ = code == 250;
  if (is_told_) return quit(Answer::let_in);
  if (code < 500) deferred_.insert(deferred_.end(), taken_.begin(), taken_.end());
  taken_.clear();
  return quit(answer_of(code));
}

std::optional<std::string> Talk::hear(int code) {
  switch (at_) {
    case At::greeting:
      if (code >= 300) return quit(answer_of(code));
      at_ = At::name;
      if (has_said_name_) return "";
      return fmt::format("EHLO {}\r\n", mail_.helo);
    case At::name:
      if (code >= 300) return quit(answer_of(code));
      at_ = At::sender;
      return fmt::format("MAIL FROM:<{}>\r\n", mail_.sender.to_string());
    case At::sender:
      if (code >= 300) return quit(answer_of(code));
      at_ = At::recipient;
      return next_recipient();
    case At::recipient:
      return hear_recipient(code);
    case At::data:
      if (code != 354) return hear_content(code);
      at_ = At::content;
      return fmt::format("{}{}\r\n\r\ntext\r\n.\r\n", kSubject, number_);
    case At::content:
      return hear_content(code);
    case At::quit:
    case At::left:
      at_ = At::left;
      return std::nullopt;
  }
  return std::nullopt;
}

HeardReply first_reply(std::string_view received) {
  constexpr std::string_view kEnd = "\r\n";
  for (std::size_t begin = 0;;) {
    const auto end = received.find(kEnd, begin);
    if (end == std::string_view::npos) return {};
    const auto line = received.substr(begin, end - begin);
    begin = end + kEnd.size();
    if (line.size() > 3 && line[3] == '-') continue;
    int code = 0;
    const auto [rest, fault] = std::from_chars(line.data(), line.data() + line.size(), code);
    const bool is_code = fault == std::errc() && rest == line.data() + 3 && code > 0;
    return is_code ? HeardReply{code, begin} : HeardReply{};
  }
}

std::optional<std::uint64_t> number_of(std::string_view content) {
  const auto subject = content.find(kSubject);
  if (subject == std::string_view::npos) return std::nullopt;
  content.remove_prefix(subject + kSubject.size());
  std::uint64_t number = 0;
  const auto [end, fault] =
      std::from_chars(content.data(), content.data() + content.size(), number);
  return fault == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace gatepost
