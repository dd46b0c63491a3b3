// What Postfix logs of messages: cleanup, the queue manager, and those who deliver. But for cleanup
// none of them has a client; their relays are other servers.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/postfix_log.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

LogEvent event_about(Kind kind, std::string_view queue_id) {
  LogEvent event;
  event.kind = kind;
  event.transaction = queue_id;
  return event;
}

// "<a@b>, ", or of old and of a command "a@b, ".
std::optional<std::string_view> take_path(LogCursor& line) {
  if (line.take("<")) return line.take_until(">, ");
  return line.take_until(", ");
}

// Behind "from=": "<a@b>, size=120, nrcpt=2 (queue active)", "<a@b>, status=expired, …".
std::optional<LogEvent> read_sender(LogCursor line, std::string_view queue_id) {
  const auto sender = take_path(line);
  if (!sender) return {};
  auto event = event_about(Kind::other, queue_id);
  event.sender = *sender;
  if (line.take("status=expired")) event.kind = Kind::bounced;
  if (!line.take("size=")) return event;
  const auto size = parse_decimal<std::uint64_t>(line.take_letters(is_digit));
  if (!size) return event;
  if (!line.take(", nrcpt=")) return {};  // Sendmail's
  event.kind = Kind::queued;
  event.bytes = *size;
  event.recipients = line.take_number();
  return event;
}

Kind kind_of_status(LogCursor line) {
  if (line.take("sent ")) return Kind::delivered;
  if (line.take("bounced ")) return Kind::bounced;
  if (line.take("deferred ")) return Kind::delayed;
  if (line.take("expired")) return Kind::bounced;
  return Kind::other;  // probes: deliverable, undeliverable
}

// Some write mail to whatever address a stranger tells them, as forms on web pages do: where it
// looks like another relay, there is none.
void read_relay(std::string_view text, LogEvent& event) {
  const auto relay = behind_only(text, "relay=");
  if (!relay) return;
  const auto host = LogCursor(*relay).take_host();
  if (!host) return;
  event.relay = host->address;
  event.relay_name = host->name;
}

// Behind "to=": "<b@example.org>, orig_to=<c>, relay=mx[192.0.2.1]:25, delay=1, status=sent (…)".
std::optional<LogEvent> read_recipient(LogCursor line, std::string_view queue_id) {
  constexpr std::string_view kStatus = " status=";
  const auto text = line.rest();
  const auto recipient = take_path(line);
  if (!recipient) return {};
  if (line.take("orig_to=")) take_path(line);
  if (!line.take("relay=")) return {};
  auto event = event_about(Kind::other, queue_id);
  event.recipient = *recipient;
  read_relay(text.substr(0, text.find(kStatus)), event);
  const auto status = line.rest().find(kStatus);
  if (status == std::string_view::npos) return event;
  event.kind = kind_of_status(LogCursor(line.rest().substr(status + kStatus.size())));
  return event;
}

// "<z@example.net>", or anything that was in the header.
LogEvent read_message_id(LogCursor line, std::string_view queue_id) {
  auto event = event_about(Kind::message_id, queue_id);
  const auto id = line.rest();
  const bool has_brackets = id.size() >= 2 && id.front() == '<' && id.back() == '>';
  event.message_id = has_brackets ? id.substr(1, id.size() - 2) : id;
  return event;
}

// "uid=1000 from=<kim>": of pickup, for a program on this host.
LogEvent read_pickup(std::string_view queue_id) {
  auto event = event_about(Kind::other, queue_id);
  event.of_ours = true;
  return event;
}

// What else begins with the queue's name of a message.
bool is_about_message(LogCursor line) {
  constexpr std::array<std::string_view, 14> kBegins = {"host ",
                                                        "lost connection with ",
                                                        "conversation with ",
                                                        "Cannot start TLS",
                                                        "skipped, ",
                                                        "enabling PIX ",
                                                        "sender non-delivery ",
                                                        "sender delivery ",
                                                        "sender delay ",
                                                        "postmaster ",
                                                        "replace: ",
                                                        "table ",
                                                        "disabling ",
                                                        "resent-message-id="};
  return std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return line.take(begin); });
}

std::optional<LogEvent> read_of_message(LogCursor line, std::string_view queue_id) {
  if (line.at_end()) return {};
  switch (line.rest().front()) {
    case 'f':
      if (line.take("from=")) return read_sender(line, queue_id);
      break;
    case 'm':
      if (line.take("message-id=")) return read_message_id(line, queue_id);
      break;
    case 'r':
      if (line.rest() == "removed") return event_about(Kind::removed, queue_id);
      if (line.rest() == "requeued" || line.rest() == "released from hold")
        return event_about(Kind::other, queue_id);
      if (line.take("resent-message-id=")) return event_about(Kind::other, queue_id);
      break;
    case 't':
      if (line.take("to=")) return read_recipient(line, queue_id);
      break;
    case 'u':
      if (line.take("uid=") && line.take_number() && line.take(" from="))
        return read_pickup(queue_id);
      break;
    default:
      break;
  }
  if (is_about_message(line)) return event_about(Kind::other, queue_id);
  return {};
}

// What master, smtp and the commands of an administrator say of themselves.
bool is_own_word(LogCursor line) {
  constexpr std::array<std::string_view, 16> kBegins = {"daemon started -- version ",
                                                        "terminating on signal ",
                                                        "reload -- version ",
                                                        "Deleted: ",
                                                        "Requeued: ",
                                                        "Placed on hold: ",
                                                        "Released from hold: ",
                                                        "connect to ",
                                                        "SSL_connect error to ",
                                                        "certificate verification failed for ",
                                                        "setting up TLS connection to ",
                                                        "initializing the ",
                                                        "warning: problem talking to ",
                                                        "starting the Postfix mail system",
                                                        "stopping the Postfix mail system",
                                                        "refreshing the Postfix mail system"};
  if (std::any_of(kBegins.begin(), kBegins.end(),
                  [&](std::string_view begin) { return line.take(begin); }))
    return true;
  auto fatal = line;
  if (fatal.take("fatal: ") && !fatal.take_letters(is_host_letter).empty() && fatal.take("(") &&
      !fatal.take_letters(is_digit).empty() && fatal.take("): "))
    return true;
  return !line.take_letters(is_queue_id_letter).empty() &&
         line.take(" TLS connection established to ");
}

}  // namespace

std::optional<LogEvent> read_postfix_queue(LogCursor line) {
  auto ahead = line;
  if (const auto queue_id = take_postfix_queue_id(ahead)) {
    if (auto event = read_of_message(ahead, *queue_id)) return event;
  }
  if (is_own_word(line)) return LogEvent{.kind = Kind::other};
  return {};
}

std::optional<LogEvent> read_postfix_cleanup(LogCursor line) {
  auto ahead = line;
  if (const auto queue_id = take_postfix_queue_id(ahead)) {
    if (auto event = read_of_message(ahead, *queue_id)) return event;
    return read_postfix_action(ahead, *queue_id);
  }
  return {};
}

}  // namespace gatepost
