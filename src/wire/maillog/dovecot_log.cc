// What Dovecot's login processes log of clients.
#include <algorithm>
#include <array>

#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::uint32_t kAttemptsMax = 100;
constexpr std::string_view kAddress = ", rip=";

// The user's name stands before the address: who writes one into the other is not believed.
std::optional<Address> address_in(std::string_view text) {
  const auto at = text.find(kAddress);
  if (at == std::string_view::npos || text.find(kAddress, at + 1) != std::string_view::npos)
    return {};
  const auto rest = text.substr(at + kAddress.size());
  const auto end = rest.find(", lip=");
  return end == std::string_view::npos ? std::nullopt : Address::parse(rest.substr(0, end));
}

// How often a password was wrong, as a login that ended without success says before all that the
// client said: "Disconnected: Connection closed (auth failed, 3 attempts in 6 secs)".
std::uint32_t attempts_in(std::string_view text) {
  constexpr std::string_view kFailed = "(auth failed, ";
  const auto said = text.substr(0, text.find(": user=<"));
  const auto at = said.find(kFailed);
  if (at == std::string_view::npos) return 0;
  LogCursor line(said.substr(at + kFailed.size()));
  const auto count = line.take_number();
  if (!count || !line.take(" attempts")) return 0;
  return std::min(*count, kAttemptsMax);
}

}  // namespace

std::optional<LogEvent> read_dovecot_log(const LogHead& head) {
  constexpr std::array<std::string_view, 5> kServices = {
      "imap-login: ", "pop3-login: ", "submission-login: ", "managesieve-login: ", "lmtp-login: "};
  constexpr std::array<std::string_view, 4> kEnds = {"Disconnected", "Aborted login",
                                                     "Login aborted", "Maximum number"};
  LogCursor line(head.text);
  if (std::none_of(kServices.begin(), kServices.end(),
                   [&](std::string_view service) { return line.take(service); }))
    return {};
  line.take("Info: ");
  LogEvent event;
  event.of_users = true;
  event.client = address_in(line.rest());
  if (!event.client) return {};
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
  event.kind = Kind::wrong_password;
  event.count = attempts_in(line.rest());
  if (event.count == 0) return {};
  return event;
}

}  // namespace gatepost
