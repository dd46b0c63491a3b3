// What one line of a mail server's log tells of a client.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

enum class MailServer { postfix, exim, sendmail, opensmtpd, dovecot };

// Its texts are parts of the line, as the client sent them where they are the client's.
struct LogEvent {
  enum class Kind {
    connected,
    disconnected,
    unknown_user,  // the server's own word, for good, that there is no such recipient
    refused,       // for good, for another reason
    deferred,      // whatever the server will have again later
    bad_command,   // no SMTP, or none that is allowed at this point
    wrong_password,
    logged_in,
    spoke_early,        // before the greeting
    accepted,           // a message
    transaction_began,  // its first recipient was accepted
    transaction_ended,  // without a message
  };
  Kind kind{};
  MailServer server{};
  WallTime time = kNever;
  std::uint32_t count = 1;  // so often, at least once
  // Other lines with the same `host` and `visit` are of the same connection; no visit: the line
  // tells of none.
  std::string_view host{};  // that has written the line
  std::string_view visit{};
  std::string_view transaction{};   // where the line tells: its name
  std::optional<Address> client{};  // none: another line of the visit tells
  std::string_view host_name{};     // where the server says that it leads back to the client
  bool of_users = false;            // a service for users, who log in
  // unknown_user: the sender, where the line tells, without brackets; empty: the null sender.
  std::optional<std::string_view> sender{};
  // Where the line tells: the recipient that it is about, without brackets, and the name in HELO.
  std::string_view recipient{};
  std::string_view helo{};
  // unknown_user: the transaction may have other recipients, and a later line tells.
  bool beside_others = false;
  std::string_view login{};        // logged_in
  std::string_view early_bytes{};  // spoke_early: as the server has escaped them
  Duration early_after{};
  // accepted, transaction_ended, disconnected: that were accepted; nothing: the line does not tell.
  std::optional<std::uint32_t> recipients{};
  std::uint32_t messages = 0;  // disconnected: that were
};

}  // namespace gatepost
