// What Postfix's smtpd logs of clients.
#include <algorithm>
#include <array>

#include "wire/maillog/postfix_log.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::uint32_t kCountMax = 100'000;

bool is_command_letter(char c) { return (c >= 'A' && c <= 'Z') || c == '-'; }
bool is_word_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What the server could not do is nobody's wrong password.
bool is_trouble(std::string_view reason) {
  constexpr std::array<std::string_view, 5> kTroubles = {
      "Connection lost to authentication server", "generic failure", "temporary",
      "Temporary authentication failure", "Invalid authentication mechanism"};
  return std::any_of(kTroubles.begin(), kTroubles.end(),
                     [&](std::string_view trouble) { return reason.starts_with(trouble); });
}

// Behind "warning: mx[192.0.2.1]: SASL ": "LOGIN authentication failed: UGFzc3dvcmQ6,
// sasl_username=kim".
LogEvent read_sasl(LogCursor line, const LogCursor::Host& host) {
  constexpr std::string_view kUser = ", sasl_username=";
  line.take_letters(is_host_letter);
  if (!line.take(" authentication failed")) return event_of(Kind::other, host);
  const bool has_reason = line.take(":");
  if (!has_reason && !line.at_end()) return event_of(Kind::other, host);
  line.take(" ");
  const bool temporary = is_trouble(line.rest());
  auto event = event_of(temporary ? Kind::deferred : Kind::wrong_password, host);
  event.temporary = temporary;
  const auto user = line.rest().find(kUser);
  if (user != std::string_view::npos) event.login = line.rest().substr(user + kUser.size());
  return event;
}

// "Connection rate limit exceeded: 31 from mx[192.0.2.1] for service smtp".
std::optional<LogEvent> read_limit(LogCursor line) {
  constexpr std::array<std::string_view, 7> kLimits = {
      "Connection rate",         "Connection concurrency", "Message delivery request rate",
      "Recipient address rate",  "New TLS session rate",   "AUTH command rate",
      "Refused TLS session rate"};
  if (std::none_of(kLimits.begin(), kLimits.end(),
                   [&](std::string_view limit) { return line.take(limit); }))
    return {};
  if (!line.take(" limit exceeded: ") || !line.take_number() || !line.take(" from ")) return {};
  const auto host = line.take_host();
  if (!host || !line.take(" for service ")) return {};
  return event_of(Kind::blocked, *host);
}

// "hostname mx.example.net does not resolve to address 192.0.2.1: Name or service not known": as
// Postfix has looked them up.
std::optional<LogEvent> read_false_name(LogCursor line) {
  if (!line.take("hostname ") || line.take_letters(is_host_letter).empty()) return {};
  if (!line.take(" does not resolve to address ")) return {};
  const auto address = line.take_bare_address();
  if (!address || !(line.at_end() || line.take(": "))) return {};
  return event_of(Kind::other, {{}, *address});
}

// Before Postfix 2.3: "192.0.2.1: hostname mx.example.net verification failed: Name or service not
// known", "192.0.2.1: address not listed for hostname mx.example.net".
std::optional<LogEvent> read_false_name_of_old(LogCursor line) {
  const auto address = line.take_bare_address();
  if (!address || !line.take(": ")) return {};
  if (line.take("address not listed for hostname ")) return event_of(Kind::other, {{}, *address});
  if (!line.take("hostname ") || line.take_letters(is_host_letter).empty()) return {};
  if (!line.take(" verification failed")) return {};
  return event_of(Kind::other, {{}, *address});
}

std::optional<LogEvent> read_unnamed_warning(LogCursor line) {
  constexpr std::array<std::string_view, 6> kBegins = {
      "SASL authentication ", "TLS library problem: ",
      "Unable to look up ",   "valid_hostname: ",
      "problem talking to ",  "malformed domain name in resource data of "};
  if (auto event = read_false_name_of_old(line)) return event;
  if (auto event = read_limit(line)) return event;
  if (std::none_of(kBegins.begin(), kBegins.end(),
                   [&](std::string_view begin) { return line.take(begin); }))
    return {};
  return LogEvent{.kind = Kind::other};
}

std::optional<LogEvent> read_warning(LogCursor line) {
  if (line.rest().starts_with('[')) return {};
  if (line.take("non-SMTP command from ")) {
    const auto host = line.take_host();
    if (!host || !line.take(": ")) return {};
    return event_of(Kind::bad_command, *host);
  }
  if (line.take("Illegal address syntax from ")) {
    const auto host = line.take_host();
    if (!host || !line.take(" in ")) return {};
    return event_of(Kind::other, *host);
  }
  if (auto event = read_false_name(line)) return event;
  const auto host = line.take_host();
  if (!host) return read_unnamed_warning(line);
  if (line.take(": SASL ")) return read_sasl(line, *host);
  if (line.take(" sent message header instead of SMTP command") ||
      line.take(" sent non-SMTP command"))
    return event_of(Kind::bad_command, *host);
  if (!line.take(": ")) return {};
  return event_of(Kind::other, *host);
}

// " ehlo=2 starttls=1 mail=1 rcpt=0/1 quit=1 commands=3/4": what was accepted, of how many.
void read_commands(LogCursor line, LogEvent& event) {
  while (line.take(" ")) {
    const auto command = line.take_letters(is_queue_id_letter);
    if (!line.take("=")) return;
    const auto accepted = std::min(line.take_number().value_or(0), kCountMax);
    if (line.take("/")) line.take_number();
    if (command == "rcpt") event.recipients = accepted;
    if (command == "data" || command == "bdat") event.messages += accepted;
  }
}

std::optional<LogEvent> read_disconnect(LogCursor line) {
  const auto host = line.take_host();
  if (!host || !(line.at_end() || line.rest().front() == ' ')) return {};
  auto event = event_of(Kind::disconnected, *host);
  read_commands(line, event);
  return event;
}

// "mx[192.0.2.1], sasl_method=PLAIN, sasl_username=kim".
std::optional<LogEvent> read_client(LogCursor line, std::string_view queue_id) {
  const auto host = line.take_host();
  if (!host) return {};
  auto event = event_of(Kind::transaction_began, *host);
  event.transaction = queue_id;
  if (!line.take(", sasl_method=")) return event;
  line.take_letters(is_host_letter);
  if (!line.take(", sasl_username=")) return {};
  event.kind = Kind::logged_in;
  event.login = line.rest();
  return event;
}

// "DATA (512 bytes) from mx[192.0.2.1]", and whether the line ends there.
struct Stage {
  std::string_view command;
  LogCursor::Host host;
};
std::optional<Stage> take_stage(LogCursor& line) {
  const auto command = line.take_letters(is_command_letter);
  if (command.empty()) return {};
  if (line.take(" (") && (!line.take_number() || !line.take(" bytes)"))) return {};
  if (!line.take(" from ")) return {};
  const auto host = line.take_host();
  if (!host) return {};
  return Stage{command, *host};
}

// Networks fail, and that shows most while a message is sent; who leaves earlier had nothing to
// say, or did not like the answer.
Kind kind_of_loss(std::string_view command) {
  constexpr std::array<std::string_view, 4> kLate = {"DATA", "BDAT", "END-OF-MESSAGE", "QUIT"};
  const bool is_late = std::find(kLate.begin(), kLate.end(), command) != kLate.end();
  return is_late ? Kind::cut_off : Kind::lost;
}

std::optional<LogEvent> read_end(LogCursor line, std::optional<Kind> kind) {
  const auto stage = take_stage(line);
  if (!stage || !(line.at_end() || line.take(": "))) return {};
  return event_of(kind.value_or(kind_of_loss(stage->command)), stage->host);
}

std::optional<LogEvent> read_pipelining(LogCursor line) {
  const auto stage = take_stage(line);
  if (!stage || !(line.at_end() || line.take(":"))) return {};
  return event_of(Kind::bad_command, stage->host);
}

// "Anonymous TLS connection established from mx[192.0.2.1]: TLSv1.3 …".
std::optional<LogEvent> read_tls(LogCursor line) {
  if (!line.take("SSL_accept error from ") && !line.take("setting up TLS connection from ") &&
      (line.take_letters(is_word_letter).empty() ||
       !line.take(" TLS connection established from ")))
    return {};
  const auto host = line.take_host();
  if (!host || !(line.at_end() || line.take(":"))) return {};
  return event_of(Kind::other, *host);
}

std::optional<LogEvent> read_queued(LogCursor line) {
  const auto queue_id = take_postfix_queue_id(line);
  if (!queue_id) return {};
  if (line.take("client=")) return read_client(line, *queue_id);
  return read_postfix_action(line, *queue_id);
}

}  // namespace

std::optional<LogEvent> read_postfix_smtpd(LogCursor line) {
  if (line.at_end()) return {};
  switch (line.rest().front()) {
    case 'b':
      if (line.take("bare <LF> received after ")) return read_pipelining(line);
      break;
    case 'c':
      if (line.take("connect from ")) {
        const auto host = line.take_host();
        if (!host || !line.at_end()) return {};
        return event_of(Kind::connected, *host);
      }
      break;
    case 'd':
      if (line.take("disconnect from ")) return read_disconnect(line);
      if (line.take("discarding EHLO keywords: ")) return LogEvent{.kind = Kind::other};
      break;
    case 'i':
      if (line.take("improper command pipelining after ")) return read_pipelining(line);
      break;
    case 'l':
      if (line.take("lost connection after ")) return read_end(line, {});
      break;
    case 't':
      if (line.take("timeout after ")) return read_end(line, Kind::timed_out);
      if (line.take("too many errors after ")) return read_end(line, Kind::too_many_errors);
      break;
    case 'w':
      if (line.take("warning: ")) return read_warning(line);
      break;
    case 'p':
      if (line.rest().starts_with("proxy-")) return read_postfix_action(line, {});
      break;
    default:
      break;
  }
  auto event = read_queued(line);
  return event ? event : read_tls(line);
}

// "statistics: max connection rate 31/60s for (smtpd:192.0.2.1) at Nov  2 09:01:33".
std::optional<LogEvent> read_postfix_anvil(LogCursor line) {
  constexpr std::array<std::string_view, 4> kBegins = {"max ", "start interval ", "domain lookup ",
                                                       "address lookup "};
  if (!line.take("statistics: ")) return {};
  if (std::none_of(kBegins.begin(), kBegins.end(),
                   [&](std::string_view begin) { return line.take(begin); }))
    return {};
  LogEvent event;
  event.kind = Kind::statistics;
  if (!line.take_until(" for (", 64)) return event;
  const auto key = line.take_until(") at ", 128);
  if (!key) return event;
  // The service may be an address with a port itself.
  LogCursor service(*key);
  if (const auto own = service.take_until(":"); own && Address::parse(*own)) {
    service.take_letters(is_digit);
    if (!service.take(":")) return event;
  }
  event.client = Address::parse(service.rest());
  return event;
}

}  // namespace gatepost
