// The messages of an old log that are under way, and what becomes of them.
#pragma once

#include <cstdint>
#include <optional>

#include "gate/logged_messages.h"
#include "model/told_message.h"

namespace gatepost {

enum class MailLabel : std::uint8_t { none, ham, spam };

inline MailLabel label_of(MailWord word) {
  return word == MailWord::ham ? MailLabel::ham : MailLabel::spam;
}

struct MinedMessage : LoggedMessage {
  std::uint64_t session = 0;
  std::uint32_t in_queue = 1;  // under so many of its names
  bool has_content = false;    // more came of it than its recipients
  bool counted = false;        // the queue has told of it
  MailLabel label = MailLabel::none;
  std::optional<MailServer> label_from;

  bool settled() const { return !has_content || in_queue == 0; }
};

using MinedMessages = LoggedMessages<MinedMessage>;

}  // namespace gatepost
