// What one line of a mail server's log tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

// Filters and webmails among them: whatever writes a log of mail.
enum class MailServer : std::uint8_t {
  postfix,
  exim,
  sendmail,
  opensmtpd,
  dovecot,
  courier,
  cyrus,
  uwimap,
  solid_pop3d,
  perdition,
  pam,
  qmail,
  haraka,
  assp,
  mailu,
  kerio,
  domino,
  webmail,
  rspamd,
  spamd,
  amavis,
  mailscanner,
};

// Its texts are parts of the line, as the client sent them where they are the client's.
struct LogEvent {
  // Their words, and what they mean, are in the table of log_event.cc and docs/formats/events.md.
  enum class Kind : std::uint8_t {
    // Of a connection.
    connected,
    disconnected,
    lost,     // where no client that behaves leaves
    cut_off,  // within a message, or after its last word
    timed_out,
    logged_in,
    // What a client does wrong.
    spoke_early,  // before the greeting
    hung_up,      // in tests before its first command
    bad_command,  // no SMTP, or none that is allowed at this point
    too_many_errors,
    wrong_password,
    // What it was refused for.
    unknown_user,  // the server's own word that there is no such recipient
    refused_relay,
    refused_listed,  // by a DNS list
    refused_client,  // for its name or address
    refused_helo,
    refused_sender,
    refused_recipient,  // another reason than that there is none
    refused_content,
    refused,  // for another reason
    listed,   // found on DNS lists, whatever became of it
    blocked,  // too much of something, or barred from before
    greylisted,
    deferred,  // what the server could not do now
    // Of transactions and messages.
    transaction_began,  // its first recipient was accepted
    accepted,           // a message
    transaction_ended,  // without a message
    judged_ham,         // by a filter of content
    judged_spam,
    judged_virus,
    message_id,
    queued,  // as the queue has it: sender, size
    delivered,
    bounced,
    delayed,
    removed,
    statistics,
    other,  // of a mail server, and none of these
  };
  Kind kind{};
  MailServer server{};
  WallTime time = kNever;    // never: the line tells none
  std::uint32_t count = 1;   // so often, at least once
  bool temporary = false;    // of refusals: the server will have it again later
  bool had_content = false;  // of Exim's refusals: behind the message's end
  // Another line, of who spoke with the client, tells of the same act: it counts where it is alone.
  bool retold = false;
  // Other lines with the same `host` and `visit` are of the same connection; no visit: the line
  // tells of none.
  std::string_view host{};  // that has written the line
  std::string_view visit{};
  std::string_view transaction{};   // where the line tells: its name, as that of the queue
  std::string_view message_id{};    // where the line tells, without brackets
  std::optional<Address> client{};  // none: another line of the visit tells
  std::string_view host_name{};     // where the server says that it leads back to the client
  bool of_users = false;            // a service for users, who log in
  // Of a message: a program on this host put it in, or a filter says that a user of ours sent it.
  bool of_ours = false;
  // Where the line tells: the sender without brackets; empty: the null sender.
  std::optional<std::string_view> sender{};
  // Where the line tells: the recipient that it is about, without brackets, and the name in HELO.
  std::string_view recipient{};
  std::string_view helo{};
  // unknown_user: the transaction may have other recipients, and a later line tells.
  bool beside_others = false;
  std::string_view login{};        // logged_in, wrong_password
  std::string_view early_bytes{};  // spoke_early: as the server has escaped them
  Duration early_after{};
  // accepted, transaction_ended, disconnected: that were accepted; nothing: the line does not tell.
  std::optional<std::uint32_t> recipients{};
  std::uint32_t messages = 0;  // disconnected: that were
  std::uint64_t bytes = 0;     // accepted, queued: of the message, where the line tells
  // delivered: to which host, and the name under which it was looked up; none: to a program.
  std::optional<Address> relay{};
  std::string_view relay_name{};
};

std::string_view to_string(MailServer server);
// The kind's word in `mine --events`, and whether it counts against its client.
std::string_view to_string(LogEvent::Kind kind);
bool is_offence(LogEvent::Kind kind);
// What its client did or met at its own connection; the others tell of messages on their way.
bool is_of_connection(LogEvent::Kind kind);

}  // namespace gatepost
