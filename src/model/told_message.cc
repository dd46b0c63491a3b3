// Implements model/told_message.h.
#include "model/told_message.h"

namespace gatepost {

std::string_view to_string(MailWord word) { return word == MailWord::ham ? "ham" : "spam"; }

std::optional<MailWord> parse_mail_word(std::string_view text) {
  for (const auto word : {MailWord::ham, MailWord::spam}) {
    if (text == to_string(word)) return word;
  }
  return std::nullopt;
}

}  // namespace gatepost
