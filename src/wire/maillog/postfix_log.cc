// What Postfix logs, by the daemon that says it.
#include "wire/maillog/postfix_log.h"

#include <algorithm>
#include <array>

#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

std::string_view daemon_of(std::string_view program) {
  return program.substr(program.rfind('/') + 1);
}

// "postfix/submission/smtpd": as the services for users are mostly named.
bool is_of_users(std::string_view program) {
  while (!program.empty()) {
    const auto part = program.substr(0, program.find('/'));
    if (part == "submission" || part == "submissions" || part == "smtps") return true;
    program.remove_prefix(std::min(program.size(), part.size() + 1));
  }
  return false;
}

// Nobody says which daemon's line it is.
std::optional<LogEvent> read_any(LogCursor line) {
  constexpr std::array kReaders = {read_postfix_smtpd, read_postfix_postscreen, read_postfix_anvil,
                                   read_postfix_cleanup, read_postfix_queue};
  for (const auto read : kReaders) {
    if (auto event = read(line)) return event;
  }
  return {};
}

std::optional<LogEvent> read_smtpd(const LogHead& head) {
  auto event = read_postfix_smtpd(LogCursor(head.text));
  if (event) {
    event->visit = head.process;
    event->of_users = is_of_users(head.program);
  }
  return event;
}

}  // namespace

std::optional<LogEvent> read_postfix_log(const LogHead& head) {
  const LogCursor line(head.text);
  if (head.program.empty()) return read_any(line);
  const auto daemon = daemon_of(head.program);
  if (daemon == "smtpd") return read_smtpd(head);
  if (daemon == "cleanup") {
    auto event = read_postfix_cleanup(line);
    // Of headers it says the client behind their text.
    if (event && line.rest().size() >= kMayBeCut) event->client.reset();
    return event;
  }
  if (daemon == "postscreen" || daemon == "dnsblog") return read_postfix_postscreen(line);
  if (daemon == "tlsproxy") {
    auto event = read_postfix_postscreen(line);
    if (event) event->kind = Kind::other;
    return event;
  }
  if (daemon == "policy-spf" || daemon == "policyd-spf") return read_postfix_policy_log(head);
  if (daemon == "anvil" || daemon == "scache") return read_postfix_anvil(line);
  return read_postfix_queue(line);
}

std::optional<LogEvent> read_postfix_clients_log(const LogHead& head) {
  const auto daemon = daemon_of(head.program);
  if (daemon != "smtpd" && daemon != "postscreen") return {};
  return read_postfix_log(head);
}

}  // namespace gatepost
