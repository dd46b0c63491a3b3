// What PAM logs of logins to mail servers, and saslauthd.
#include <algorithm>
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

bool is_of_mail(std::string_view service) {
  constexpr std::array<std::string_view, 12> kServices = {"dovecot", "imap",  "imaps", "pop",
                                                          "pop3",    "pop3s", "smtp",  "sieve",
                                                          "mail",    "exim",  "exim4", "sendmail"};
  return std::find(kServices.begin(), kServices.end(), service) != kServices.end();
}

// Of "kim rhost=192.0.2.1  user=kim", the remote host: both names are the client's, and it may have
// written either's neighbour into them. All ways to read it are tried, and there must be one.
std::optional<std::string_view> remote_host(std::string_view text) {
  constexpr std::string_view kHost = "rhost=";
  std::optional<std::string_view> found;
  for (auto at = text.find(kHost); at != std::string_view::npos; at = text.find(kHost, at + 1)) {
    if (at > 0 && text[at - 1] != ' ') continue;
    LogCursor line(text.substr(at + kHost.size()));
    const auto host = line.take_letters([](char c) { return c != ' '; });
    while (line.take(" ")) {
    }
    if (!line.at_end() && !line.rest().starts_with("user=")) continue;
    if (found) return {};
    found = host;
  }
  return found;
}

// "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=kim
// rhost=192.0.2.1  user=kim".
std::optional<LogEvent> read_failure(LogCursor line) {
  if (!line.take("pam_")) return {};
  line.take_letters([](char c) { return is_host_letter(c); });
  if (!line.take("(")) return {};
  const auto service = line.take_until(":", 64);
  if (!service || !is_of_mail(*service)) return {};
  if (!line.take("auth): authentication failure; logname=")) return {};
  LogEvent event;
  event.kind = Kind::wrong_password;
  event.retold = true;  // the mail server tells of it, too
  event.of_users = true;
  if (!line.take_until(" ruser=", 256)) return {};
  const auto host = remote_host(line.rest());
  if (host) event.client = Address::parse(*host);
  return event;
}

// "do_auth         : auth failure: [user=kim] [service=smtp] [realm=] [mech=pam]".
std::optional<LogEvent> read_saslauthd(LogCursor line) {
  if (!line.take("do_auth ")) return {};
  line.take_letters([](char c) { return c == ' '; });
  if (!line.take(": auth failure: [user=")) return {};
  LogEvent event;
  event.kind = Kind::wrong_password;
  event.retold = true;
  return event;
}

}  // namespace

std::optional<LogEvent> read_pam_log(const LogHead& head) {
  LogCursor line(head.text);
  line.take("dovecot-auth: ");
  line.take("auth: ");
  if (head.program == "saslauthd") {
    if (auto event = read_saslauthd(line)) return event;
  }
  return read_failure(line);
}

}  // namespace gatepost
