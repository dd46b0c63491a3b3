// Implements wire/maillog/log_event.h: the table of kinds.
#include "wire/maillog/log_event.h"

#include <array>
#include <cstddef>

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

enum class About : std::uint8_t { connection, message };
enum class Blame : std::uint8_t { none, offence };

struct Row {
  Kind kind;
  std::string_view word;
  About about;
  Blame blame;
};

constexpr std::array kKinds = {
    Row{Kind::connected, "connect", About::connection, Blame::none},
    Row{Kind::disconnected, "disconnect", About::connection, Blame::none},
    Row{Kind::lost, "lost_connection", About::connection, Blame::offence},
    Row{Kind::cut_off, "cut_off", About::connection, Blame::none},
    Row{Kind::timed_out, "timeout", About::connection, Blame::none},
    Row{Kind::logged_in, "login", About::connection, Blame::none},
    Row{Kind::spoke_early, "pregreet", About::connection, Blame::offence},
    Row{Kind::hung_up, "hangup", About::connection, Blame::offence},
    Row{Kind::bad_command, "bad_command", About::connection, Blame::offence},
    Row{Kind::too_many_errors, "too_many_errors", About::connection, Blame::offence},
    Row{Kind::wrong_password, "wrong_password", About::connection, Blame::offence},
    Row{Kind::unknown_user, "reject_unknown_user", About::connection, Blame::offence},
    Row{Kind::refused_relay, "reject_relay", About::connection, Blame::offence},
    Row{Kind::refused_listed, "reject_listed", About::connection, Blame::offence},
    Row{Kind::refused_client, "reject_client", About::connection, Blame::offence},
    Row{Kind::refused_helo, "reject_helo", About::connection, Blame::offence},
    Row{Kind::refused_sender, "reject_sender", About::connection, Blame::offence},
    Row{Kind::refused_recipient, "reject_recipient", About::connection, Blame::offence},
    Row{Kind::refused_content, "reject_content", About::connection, Blame::offence},
    Row{Kind::refused, "reject", About::connection, Blame::offence},
    Row{Kind::listed, "listed", About::connection, Blame::offence},
    Row{Kind::blocked, "blocked", About::connection, Blame::offence},
    Row{Kind::greylisted, "greylist", About::connection, Blame::none},
    Row{Kind::deferred, "defer", About::connection, Blame::none},
    Row{Kind::transaction_began, "transaction", About::connection, Blame::none},
    Row{Kind::accepted, "accept", About::connection, Blame::none},
    Row{Kind::transaction_ended, "transaction_end", About::connection, Blame::none},
    Row{Kind::judged_ham, "ham", About::message, Blame::none},
    Row{Kind::judged_spam, "spam", About::message, Blame::offence},
    Row{Kind::judged_virus, "virus", About::message, Blame::offence},
    Row{Kind::message_id, "message_id", About::message, Blame::none},
    Row{Kind::queued, "queue", About::message, Blame::none},
    Row{Kind::delivered, "deliver", About::message, Blame::none},
    Row{Kind::bounced, "bounce", About::message, Blame::none},
    Row{Kind::delayed, "delay", About::message, Blame::none},
    Row{Kind::removed, "remove", About::message, Blame::none},
    Row{Kind::statistics, "statistics", About::message, Blame::none},
    Row{Kind::other, "other", About::message, Blame::none},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].kind != static_cast<Kind>(i)) return false;
  }
  return kKinds.back().kind == Kind::other;
}
static_assert(is_in_order());

const Row& row_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view to_string(MailServer server) {
  constexpr std::array<std::string_view, 22> kWords = {
      "postfix", "exim",   "sendmail",    "opensmtpd",  "dovecot", "courier",
      "cyrus",   "uwimap", "solid-pop3d", "perdition",  "pam",     "qmail",
      "haraka",  "assp",   "mailu",       "kerio",      "domino",  "webmail",
      "rspamd",  "spamd",  "amavis",      "mailscanner"};
  static_assert(kWords.size() == static_cast<std::size_t>(MailServer::mailscanner) + 1);
  return kWords[static_cast<std::size_t>(server)];
}
std::string_view to_string(LogEvent::Kind kind) { return row_of(kind).word; }
bool is_offence(LogEvent::Kind kind) { return row_of(kind).blame == Blame::offence; }
bool is_of_connection(LogEvent::Kind kind) { return row_of(kind).about == About::connection; }

}  // namespace gatepost
