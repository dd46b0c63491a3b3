// Implements gate/logged_messages.h.
#include "gate/logged_messages.h"

namespace gatepost {

MessageIdDigest digest_of_message_id(std::string_view message_id) {
  return RecordKey::of_text(RecordKey::Kind::greylist, cut_logged(message_id)).bytes();
}

bool tells_message_id(const LogEvent& judged) {
  return !judged.message_id.empty() || judged.server == MailServer::rspamd;
}

bool names_first(const LogEvent& event) {
  return event.kind == LogEvent::Kind::message_id || event.server == MailServer::sendmail;
}

std::string_view cut_logged(std::string_view text) {
  constexpr std::size_t kTextMax = 320;
  return text.substr(0, kTextMax);
}

}  // namespace gatepost
