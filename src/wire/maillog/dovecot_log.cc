// What Dovecot logs of clients: its login processes, and those that look up users and passwords.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::uint32_t kAttemptsMax = 100;

bool is_address_letter(char c) { return is_host_letter(c) || c == ':'; }

// ", rip=192.0.2.1, lip=192.0.2.9" or to the end. The user's name stands before the address: who
// writes one into the other is not believed, but for " rip=" alone, which is not as Dovecot has it.
std::optional<Address> address_in(std::string_view text) {
  const auto only = behind_only(text, " rip=");
  const auto rest = only ? only : behind_only(text, ", rip=");
  if (!rest) return {};
  LogCursor line(*rest);
  const auto address = Address::parse(line.take_letters(is_address_letter));
  if (only) return line.at_end() || line.take(",") ? address : std::nullopt;
  const bool is_last = line.rest().find(" rip=") == std::string_view::npos;
  return is_last && line.take(", lip=") ? address : std::nullopt;
}

// What a login process says of its own, before all that the client said.
std::string_view said_in(std::string_view text) {
  return text.substr(0, std::min(text.find("user=<"), text.find(" rip=")));
}

// How often a password was wrong, as a login that ended without success tells: "Disconnected:
// Connection closed (auth failed, 3 attempts in 6 secs)".
std::uint32_t attempts_in(std::string_view said) {
  constexpr std::string_view kFailed = "(auth failed, ";
  const auto at = said.find(kFailed);
  if (at == std::string_view::npos) return 0;
  LogCursor line(said.substr(at + kFailed.size()));
  const auto count = line.take_number();
  if (!count || !line.take(" attempts")) return 0;
  return std::min(*count, kAttemptsMax);
}

// Of clients that do not trust the server's certificate: it is the server's, or nobody's, fault.
bool is_distrust(std::string_view said) {
  constexpr std::array<std::string_view, 4> kAlerts = {"alert certificate unknown",
                                                       "alert unknown ca", "alert bad certificate",
                                                       "alert certificate expired"};
  return std::any_of(kAlerts.begin(), kAlerts.end(), [&](std::string_view alert) {
    return said.find(alert) != std::string_view::npos;
  });
}

// An end of which no try is told: a handshake that failed, or a client that left where none that
// wants its mail does, against one that was only idle, or that the server has kept waiting.
Kind kind_of_end(std::string_view said, std::string_view all) {
  const auto says = [&](std::string_view word) {
    return said.find(word) != std::string_view::npos;
  };
  if (says("tried to use disabled plaintext auth") ||
      says("tried to use disallowed plaintext auth"))
    return Kind::bad_command;
  if (says("Too many invalid commands")) return Kind::too_many_errors;
  if (says("proxy dest auth failed")) return Kind::wrong_password;
  if (is_distrust(said) || says("before auth was ready")) return Kind::other;
  if (says("client didn't finish SASL auth") || says("SSL_accept() ") ||
      says(" failed: Connection reset by peer"))
    return Kind::lost;
  const auto handshake = all.rfind(", TLS handshaking: ");
  const bool no_name = all.find("user=<>") != std::string_view::npos;
  if (no_name && handshake != std::string_view::npos &&
      all.substr(handshake).find("SSL_accept() syscall failed") != std::string_view::npos)
    return Kind::lost;
  return Kind::other;
}

// Behind "imap-login: ".
std::optional<LogEvent> read_service(LogCursor line) {
  constexpr std::array<std::string_view, 8> kEnds = {
      "Disconnected",    "Aborted login",      "Login aborted",     "Maximum number",
      "Client has quit", "Remote closed conn", "Connection closed", "Connection lost"};
  line.take("Info: ");
  LogEvent event;
  event.of_users = true;
  event.client = address_in(line.rest());
  if (!event.client && line.rest().find(" rip=") == std::string_view::npos) return {};
  if (line.take("Login: user=<")) {
    const auto login = line.take_until(">");
    if (!login) return {};
    event.kind = Kind::logged_in;
    event.login = *login;
    return event;
  }
  if (std::none_of(kEnds.begin(), kEnds.end(),
                   [&](std::string_view end) { return line.rest().starts_with(end); }))
    return {};
  const auto said = said_in(line.rest());
  event.count = attempts_in(said);
  event.kind = event.count > 0 ? Kind::wrong_password : kind_of_end(said, line.rest());
  event.count = std::max(event.count, 1u);
  if (auto user = line; user.take_until("user=<", 512))
    event.login = user.take_until(">").value_or("");
  return event;
}

// "user@example.org,192.0.2.1,<aGVsbG8>): unknown user" or without the session, behind "pam(": a
// name with commas in it, which Dovecot takes from nobody where it is not told to, may be a
// client's.
std::optional<Address> lookup_address(std::string_view text, std::string_view& reason) {
  const auto end = text.find("): ");
  if (end == std::string_view::npos || text.find("): ", end + 1) != std::string_view::npos)
    return {};
  reason = text.substr(end + 3);
  auto fields = text.substr(0, end);
  if (fields.ends_with(',') || fields.ends_with('>')) {
    const auto session = fields.rfind(',');
    if (session == std::string_view::npos) return {};
    fields = fields.substr(0, session);
  }
  if (fields.ends_with(",master")) fields.remove_suffix(7);
  const auto address = behind_only(fields, ",");
  return address ? Address::parse(*address) : std::nullopt;
}

// "kim,192.0.2.1): …": there may be no client where a mail is delivered, and these drivers look up
// names that others have written; with a session, or without commas, there is no doubt.
bool may_be_name(std::string_view lookup, std::string_view text) {
  if (lookup != "userdb(" && lookup != "static(" && lookup != "passwd(") return false;
  const auto fields = text.substr(0, text.find("): "));
  return behind_only(fields, ",").has_value();
}

// "pam_authenticate() failed: Authentication failure (Password mismatch?)": what the server could
// not do is nobody's wrong password.
bool is_wrong(std::string_view reason) {
  constexpr std::array<std::string_view, 9> kWords = {
      "unknown user",   "password mismatch",      "invalid credentials",
      "user not known", "authentication failure", "permission denied",
      "user not found", "illegal chars",          "authentication failed"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return contains_ignoring_case(reason.substr(0, 256), word);
  });
}

// "auth: passwd-file(kim,192.0.2.1): unknown user", "auth-worker(304): Info: conn unix:auth-worker
// (uid=143): auth-worker<13247>: sql(kim,192.0.2.1,<aGVsbG8>): Password mismatch".
std::optional<LogEvent> read_lookup(LogCursor line) {
  constexpr std::array<std::string_view, 16> kLookups = {
      "pam(",     "passwd-file(",   "sql(",    "ldap(",   "passwd(", "shadow(",
      "bsdauth(", "checkpassword(", "imap(",   "oauth2(", "lua(",    "static(",
      "dict(",    "cache(",         "passdb(", "userdb("};
  line.take("Info: ");
  line.take("Warning: ");
  if (line.take("conn unix:auth-worker (") && !line.take_until("): auth-worker<", 64)) return {};
  if (line.take_letters(is_digit).empty() ? false : !line.take(">: ")) return {};
  const auto* const lookup = std::find_if(kLookups.begin(), kLookups.end(),
                                          [&](std::string_view name) { return line.take(name); });
  if (lookup == kLookups.end()) return {};
  std::string_view reason;
  const auto user = line.rest().substr(0, line.rest().find(','));
  const auto address = lookup_address(line.rest(), reason);
  if (!address) {
    // "passdb(kim,192.0.2.1) Attempted login with password having illegal chars".
    const auto old = behind_only(line.rest(), ") Attempted login ");
    if (!old) return {};
    const auto fields = line.rest().substr(0, line.rest().find(") Attempted login "));
    const auto at = fields.rfind(',');
    const auto client =
        at == std::string_view::npos ? std::nullopt : Address::parse(fields.substr(at + 1));
    if (!client) return {};
    auto event = event_of(Kind::wrong_password, LogCursor::Host{{}, *client});
    event.retold = true;
    return event;
  }
  auto event = event_of(is_wrong(reason) ? Kind::wrong_password : Kind::other,
                        LogCursor::Host{{}, *address});
  if (may_be_name(*lookup, line.rest())) event.client.reset();
  event.of_users = true;
  event.login = user;
  event.retold = event.kind == Kind::wrong_password;  // with the end of the login
  return event;
}

// "auth: ", "auth(default): ", "auth-worker(304): ".
bool take_auth(LogCursor& line) {
  auto ahead = line;
  if (!ahead.take("auth-worker") && !ahead.take("auth")) return false;
  if (ahead.take("(") && !ahead.take_until("): ", 32)) return false;
  if (ahead.rest().size() == line.rest().size()) return false;
  ahead.take(": ");
  line = ahead;
  return true;
}

}  // namespace

std::optional<LogEvent> read_dovecot_log(const LogHead& head) {
  constexpr std::array<std::string_view, 5> kServices = {
      "imap-login: ", "pop3-login: ", "submission-login: ", "managesieve-login: ", "lmtp-login: "};
  LogCursor line(head.text);
  line.take("dovecot: ");
  // Its processes have names of their own where the log is its own.
  const auto& program = head.program;
  if (program.ends_with("-login")) return read_service(line);
  if (program == "auth" || program == "auth-worker" || program == "dovecot-auth") {
    take_auth(line);
    return read_lookup(line);
  }
  for (const auto service : kServices) {
    if (line.take(service)) return read_service(line);
  }
  if (!take_auth(line)) return {};
  return read_lookup(line);
}

}  // namespace gatepost
