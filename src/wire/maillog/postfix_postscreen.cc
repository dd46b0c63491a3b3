// What Postfix's postscreen logs of clients, and its helpers dnsblog and tlsproxy.
#include <algorithm>
#include <array>

#include "wire/maillog/postfix_log.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::uint32_t kCountMax = 100'000;

// "0.04" seconds.
Duration take_seconds(LogCursor& line) {
  const Duration time = std::chrono::seconds(std::min(line.take_number().value_or(0), kCountMax));
  return line.take(".") ? time + line.take_fraction().value_or(Duration{}) : time;
}

// postscreen's client, by whose port its lines are told apart: "[192.0.2.1]:4711".
std::optional<LogEvent> take_peer(LogCursor& line, Kind kind) {
  const auto from = line.rest();
  const auto host = line.take_host();
  if (!host || !host->name.empty()) return {};
  auto event = event_of(kind, *host);
  event.visit = from.substr(0, from.size() - line.rest().size());
  return event;
}

std::optional<LogEvent> read_connect(LogCursor line) {
  auto event = take_peer(line, Kind::connected);
  if (!event || line.take(" to [")) return event;
  event->kind = Kind::other;  // tlsproxy
  return line.at_end() ? event : std::nullopt;
}

// "14 after 0.04 from [192.0.2.1]:55868: EHLO ylmf-pc\r\n".
std::optional<LogEvent> read_pregreet(LogCursor line) {
  if (!line.take_number() || !line.take(" after ")) return {};
  const auto after = take_seconds(line);
  if (!line.take(" from ")) return {};
  auto event = take_peer(line, Kind::spoke_early);
  if (!event || !line.take(": ")) return {};
  event->early_after = after;
  event->early_bytes = line.rest();
  return event;
}

// "0.07 from [192.0.2.1]:55868 in tests after SMTP handshake".
std::optional<LogEvent> read_hangup(LogCursor line) {
  take_seconds(line);
  if (!line.take(" from ")) return {};
  auto event = take_peer(line, Kind::hung_up);
  return line.take(" in tests ") ? event : std::nullopt;
}

// "3 for [192.0.2.1]:64273".
std::optional<LogEvent> read_rank(LogCursor line) {
  line.take("-");
  if (!line.take_number() || !line.take(" for ")) return {};
  auto event = take_peer(line, Kind::listed);
  return line.at_end() ? event : std::nullopt;
}

// "NOQUEUE: reject: RCPT from [192.0.2.1]:47407: 550 5.7.1 …".
std::optional<LogEvent> read_reject(LogCursor line) {
  const auto queue_id = take_postfix_queue_id(line);
  if (!queue_id) return {};
  auto event = read_postfix_action(line, *queue_id);
  if (!event || !event->client) return event;
  auto stage = line;
  if (!stage.take_until(" from ", 64)) return {};
  const auto peer = take_peer(stage, Kind::refused);
  if (!peer) return {};
  event->visit = peer->visit;
  return event;
}

// dnsblog: "addr 192.0.2.1 listed by domain zen.example as 127.0.0.4".
std::optional<LogEvent> read_listing(LogCursor line) {
  const auto address = line.take_bare_address();
  if (!address) return {};
  if (line.take(" listed by domain ")) return event_of(Kind::listed, {{}, *address});
  return {};
}

// tlsproxy: "Anonymous TLS connection established from [192.0.2.1]:4711: …", "TLS handshake failed
// for service=smtpd peer=[192.0.2.1]:4711".
std::optional<LogEvent> read_tls(LogCursor line) {
  if (line.take("TLS handshake failed for service=")) {
    line.take_letters(is_host_letter);
    if (!line.take(" peer=")) return {};
  } else if (line.take_letters(is_queue_id_letter).empty() ||
             !line.take(" TLS connection established from ")) {
    return {};
  }
  auto event = take_peer(line, Kind::other);
  return line.at_end() || line.take(":") ? event : std::nullopt;
}

struct Word {
  std::string_view begin;
  Kind kind;
};

// What ends with the client.
constexpr std::array<Word, 9> kVerdicts = {{
    {"DISCONNECT ", Kind::disconnected},
    {"PASS NEW ", Kind::disconnected},
    {"PASS OLD ", Kind::disconnected},
    {"WHITELISTED ", Kind::disconnected},
    {"ALLOWLISTED ", Kind::disconnected},
    {"BLACKLISTED ", Kind::blocked},
    {"DENYLISTED ", Kind::blocked},
    {"WHITELIST VETO ", Kind::other},
    {"ALLOWLIST VETO ", Kind::other},
}};
// What goes on with " after RCPT". A mail server has something to say: who is silent for minutes,
// or says too much, was sent to find out what is here.
constexpr std::array<Word, 6> kErrors = {{
    {"COMMAND PIPELINING from ", Kind::bad_command},
    {"NON-SMTP COMMAND from ", Kind::bad_command},
    {"BARE NEWLINE from ", Kind::bad_command},
    {"COMMAND TIME LIMIT from ", Kind::lost},
    {"COMMAND COUNT LIMIT from ", Kind::too_many_errors},
    {"COMMAND LENGTH LIMIT from ", Kind::too_many_errors},
}};

}  // namespace

std::optional<LogEvent> read_postfix_postscreen(LogCursor line) {
  if (line.take("CONNECT from ")) return read_connect(line);
  if (line.take("PREGREET ")) return read_pregreet(line);
  if (line.take("HANGUP after ")) return read_hangup(line);
  if (line.take("DNSBL rank ")) return read_rank(line);
  if (line.take("addr ")) return read_listing(line);
  for (const auto& word : kVerdicts) {
    if (!line.take(word.begin)) continue;
    auto event = take_peer(line, word.kind);
    return line.at_end() ? event : std::nullopt;
  }
  for (const auto& word : kErrors) {
    if (!line.take(word.begin)) continue;
    auto event = take_peer(line, word.kind);
    return line.take(" after ") ? event : std::nullopt;
  }
  auto event = read_reject(line);
  return event ? event : read_tls(line);
}

}  // namespace gatepost
