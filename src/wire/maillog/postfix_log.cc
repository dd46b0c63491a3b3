// What Postfix's smtpd and postscreen log of clients.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"
#include "wire/smtp/unknown_user.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kQueueIdLengthMax = 32;
constexpr std::uint32_t kCountMax = 100'000;

bool is_upper_or_blank(char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == ' '; }

// What the server could not do is nobody's wrong password.
bool is_trouble(std::string_view reason) {
  constexpr std::array<std::string_view, 5> kTroubles = {
      "Connection lost to authentication server", "generic failure", "temporary",
      "Temporary authentication failure", "Invalid authentication mechanism"};
  return std::any_of(kTroubles.begin(), kTroubles.end(),
                     [&](std::string_view trouble) { return reason.starts_with(trouble); });
}

std::optional<LogEvent> read_warning(LogCursor line) {
  if (line.take("non-SMTP command from ")) {
    const auto host = line.take_host();
    if (!host || !line.take(": ")) return {};
    return event_of(Kind::bad_command, *host);
  }
  const auto host = line.take_host();
  if (!host || !line.take(": SASL ")) return {};
  line.take_letters(is_host_letter);
  if (!line.take(" authentication failed: ")) return {};
  return event_of(is_trouble(line.rest()) ? Kind::deferred : Kind::wrong_password, *host);
}

// "5.1.1 " where it is there.
std::string_view take_status(LogCursor& line) {
  auto ahead = line;
  const auto status = ahead.take_letters([](char c) { return is_digit(c) || c == '.'; });
  if (std::count(status.begin(), status.end(), '.') != 2 || !ahead.take(" ")) return {};
  line = ahead;
  return status;
}

Kind kind_of_refusal(std::uint32_t code, std::string_view status, LogCursor text) {
  if (code < 500) return Kind::deferred;
  if (code == 503 || status == "5.5.0" || status == "5.5.1") return Kind::bad_command;
  if (!means_unknown_user(code, status)) return Kind::refused;
  if (!status.empty()) return Kind::unknown_user;
  // Before Postfix 2.3: only the words tell.
  if (!text.take("<") || !text.take_until(">: ")) return Kind::refused;
  return text.take("Recipient address rejected: User unknown") ? Kind::unknown_user : Kind::refused;
}

// Behind "NOQUEUE: reject: " or "4XyZ…: reject: ".
std::optional<LogEvent> read_reject(LogCursor line, bool has_queue_id) {
  const auto stage = line.take_until(" from ", 32);
  if (!stage || !std::all_of(stage->begin(), stage->end(), is_upper_or_blank)) return {};
  const auto host = line.take_host();
  if (!host || !line.take(": ")) return {};
  auto event = event_of(Kind::deferred, *host);
  const auto code = line.take_number();
  if (!code || *code < 400 || *code > 599 || !line.take(" ")) return event;
  const auto status = take_status(line);
  event.kind = kind_of_refusal(*code, status, line);
  if (event.kind != Kind::unknown_user) return event;
  if (*stage != "RCPT") event.kind = Kind::refused;
  event.beside_others = has_queue_id;
  if (line.take_until("; from=<", 4096)) event.sender = line.take_until(">");
  if (line.take(" to=<")) event.recipient = line.take_until(">").value_or("");
  if (line.take_until(" helo=<", 256)) event.helo = line.take_until(">").value_or("");
  return event;
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

// "client=mx[192.0.2.1], sasl_method=PLAIN, sasl_username=kim".
std::optional<LogEvent> read_queued(LogCursor line) {
  const auto host = line.take_host();
  if (!host) return {};
  if (!line.take(", sasl_method=")) return event_of(Kind::transaction_began, *host);
  line.take_letters(is_host_letter);
  if (!line.take(", sasl_username=")) return {};
  auto event = event_of(Kind::logged_in, *host);
  event.login = line.rest();
  return event;
}

std::optional<LogEvent> read_smtpd(LogCursor line) {
  if (line.take("connect from ")) {
    const auto host = line.take_host();
    if (!host || !line.at_end()) return {};
    return event_of(Kind::connected, *host);
  }
  if (line.take("disconnect from ")) {
    const auto host = line.take_host();
    if (!host || !(line.at_end() || line.rest().front() == ' ')) return {};
    auto event = event_of(Kind::disconnected, *host);
    read_commands(line, event);
    return event;
  }
  if (line.take("warning: ")) return read_warning(line);
  if (line.take("improper command pipelining after ")) {
    const auto stage = line.take_until(" from ", 32);
    if (!stage || !std::all_of(stage->begin(), stage->end(), is_upper_or_blank)) return {};
    const auto host = line.take_host();
    if (!host || !line.take(": ")) return {};
    return event_of(Kind::bad_command, *host);
  }
  const auto queue_id = line.take_letters(is_queue_id_letter);
  if (queue_id.empty() || queue_id.size() > kQueueIdLengthMax || !line.take(": ")) return {};
  if (line.take("reject: ")) return read_reject(line, queue_id != "NOQUEUE");
  if (line.take("client=")) return read_queued(line);
  return {};
}

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

std::optional<LogEvent> read_postscreen(LogCursor line) {
  constexpr std::array<std::string_view, 5> kEnds = {"DISCONNECT ", "PASS NEW ", "PASS OLD ",
                                                     "WHITELISTED ", "ALLOWLISTED "};
  constexpr std::array<std::string_view, 3> kErrors = {
      "COMMAND PIPELINING from ", "NON-SMTP COMMAND from ", "BARE NEWLINE from "};
  if (line.take("CONNECT from ")) {
    auto event = take_peer(line, Kind::connected);
    return line.take(" to [") ? event : std::nullopt;
  }
  if (line.take("PREGREET ")) return read_pregreet(line);
  for (const auto end : kEnds) {
    if (!line.take(end)) continue;
    auto event = take_peer(line, Kind::disconnected);
    return line.at_end() ? event : std::nullopt;
  }
  for (const auto error : kErrors) {
    if (!line.take(error)) continue;
    auto event = take_peer(line, Kind::bad_command);
    return line.take(" after ") ? event : std::nullopt;
  }
  if (!line.take("NOQUEUE: reject: ")) return {};
  auto stage = line;
  if (!stage.take_until(" from ", 32)) return {};
  const auto peer = take_peer(stage, Kind::refused);
  auto event = read_reject(line, false);
  if (!peer || !event) return {};
  event->visit = peer->visit;
  return event;
}

}  // namespace

std::optional<LogEvent> read_postfix_log(const LogHead& head) {
  const auto parts = split(head.program, '/');
  const auto daemon = parts.back();
  if (daemon.empty()) {
    auto event = read_smtpd(LogCursor(head.text));
    return event ? event : read_postscreen(LogCursor(head.text));
  }
  if (daemon == "postscreen") return read_postscreen(LogCursor(head.text));
  if (daemon != "smtpd") return {};
  auto event = read_smtpd(LogCursor(head.text));
  if (!event) return {};
  event->visit = head.process;
  event->of_users = std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part == "submission" || part == "submissions" || part == "smtps";
  });
  return event;
}

}  // namespace gatepost
