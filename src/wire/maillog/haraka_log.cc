// What Haraka logs of clients: a connection's name is with each line, the address with few.
#include <algorithm>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kIdLength = 36;
constexpr std::uint32_t kCountMax = 100'000;

bool is_id_letter(char c) { return is_host_letter(c) && c != '_'; }

std::optional<LogEvent> read_core(LogCursor line) {
  const bool connected = line.take("connect ip=");
  if (!connected && !line.take("disconnect ip=")) return {};
  const auto address = take_plain_address(line);
  if (!address || !line.take(" ")) return {};
  auto event =
      event_of(connected ? Kind::connected : Kind::disconnected, LogCursor::Host{{}, *address});
  // "… rcpts=1/0/2 msgs=1/0/0 bytes=…" stands behind the client's name of itself, which is one word
  // or in quotes.
  const auto counts = behind_only(line.rest(), " rcpts=");
  if (connected || !counts) return event;
  LogCursor cursor(*counts);
  event.recipients = std::min(cursor.take_number().value_or(0), kCountMax);
  if (cursor.take_until(" msgs=", 32))
    event.messages = std::min(cursor.take_number().value_or(0), kCountMax);
  return event;
}

// ' hook=rcpt plugin=x function=y params="…" retval=DENY msg="no"'.
std::optional<LogEvent> read_hook(LogCursor line) {
  line.take(" ");
  if (!line.take("hook=")) return {};
  const auto hook = line.take_until(" ", 32);
  const auto value = behind_last(line.rest(), " retval=DENY");
  if (!hook || !value) return {};
  LogCursor cursor(*value);
  LogEvent event;
  event.temporary = cursor.take("SOFT");
  cursor.take("DISCONNECT");
  if (!cursor.take(" msg=\"")) return {};
  auto otherwise = Kind::refused;
  if (*hook == "connect" || *hook == "lookup_rdns") otherwise = Kind::refused_client;
  if (*hook == "helo" || *hook == "ehlo") otherwise = Kind::refused_helo;
  if (*hook == "mail") otherwise = Kind::refused_sender;
  if (*hook == "rcpt") otherwise = Kind::refused_recipient;
  if (*hook == "data_post") otherwise = Kind::refused_content;
  event.kind = kind_of_refusal(cursor.rest(), event.temporary, otherwise);
  return event;
}

}  // namespace

// "[NOTICE] [3A01AF0D-….2] [core] disconnect ip=192.0.2.1 rdns=… helo=… rcpts=1/0/0 …".
std::optional<LogEvent> read_haraka_log(const LogHead& head) {
  LogCursor line(head.text);
  if (!line.take("[") || !line.take_until("] [", 16)) return {};
  const auto id = line.take_letters(is_id_letter);
  if (id.size() < kIdLength || !line.take("] [")) return {};
  const auto plugin = line.take_until("] ", 64);
  if (!plugin) return {};
  auto event = *plugin == "core" ? read_core(line) : std::nullopt;
  if (!event) event = read_hook(line);
  if (!event) return {};
  event->visit = id.substr(0, kIdLength);
  return event;
}

}  // namespace gatepost
