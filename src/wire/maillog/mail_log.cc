// Implements wire/maillog/mail_log.h: the table of servers.
#include "wire/maillog/mail_log.h"

#include <algorithm>
#include <array>

#include "wire/maillog/journal_export.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

struct Row {
  MailServer server;
  bool (*writes)(std::string_view program);  // the name that it has in the system's log
  // Of a log that is followed: none where nothing of it is wanted.
  std::optional<LogEvent> (*read)(const LogHead& head, const LogClock& clock);
  std::optional<LogEvent> (*read_old)(const LogHead& head, const LogClock& clock) = read;
};

// The name before the daemon's is the administrator's choice.
bool is_postfix(std::string_view program) {
  constexpr std::array<std::string_view, 12> kDaemons = {
      "smtpd", "postscreen", "cleanup", "qmgr",  "smtp",   "lmtp",
      "local", "virtual",    "pipe",    "anvil", "pickup", "bounce"};
  if (program.starts_with("postfix/")) return true;
  const auto slash = program.rfind('/');
  if (slash == std::string_view::npos) return false;
  return program.starts_with("postfix") ||
         std::find(kDaemons.begin(), kDaemons.end(), program.substr(slash + 1)) != kDaemons.end();
}
bool is_postfix_policy(std::string_view program) {
  constexpr std::array<std::string_view, 8> kPrograms = {
      "postgrey", "sqlgrey",  "policyd-spf", "policy-spf",
      "postfwd",  "postfwd2", "postfwd3",    "python-policyd-spf"};
  return std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end();
}
bool is_exim(std::string_view program) {
  return program.empty() || program == "exim" || program == "exim4" || program == "SA";
}
bool is_sendmail(std::string_view program) {
  return program == "sm-mta" || program == "sendmail" || program == "sm-acceptingconnections" ||
         program == "sm-msp-queue" || program == "sm-que";
}
bool is_opensmtpd(std::string_view program) { return program == "smtpd" || program == "opensmtpd"; }
bool is_dovecot(std::string_view program) {
  constexpr std::array<std::string_view, 5> kNames = {"", "dovecot", "auth", "auth-worker",
                                                      "dovecot-auth"};
  return program.ends_with("-login") ||
         std::find(kNames.begin(), kNames.end(), program) != kNames.end();
}
// Courier, Cyrus and UW imap share names.
bool is_courier(std::string_view program) {
  return program.starts_with("courier") || program.starts_with("imapd") ||
         program.starts_with("pop3d") || program == "imaplogin" || program == "authdaemond";
}
bool is_cyrus(std::string_view program) {
  constexpr std::array<std::string_view, 11> kNames = {"imap",  "imaps", "imapd",   "pop3",
                                                       "pop3s", "pop3d", "sieve",   "timsieved",
                                                       "nntp",  "lmtp",  "lmtpunix"};
  return program.starts_with("cyrus") ||
         std::find(kNames.begin(), kNames.end(), program) != kNames.end();
}
bool is_uwimap(std::string_view program) {
  return program == "imapd" || program == "ipop3d" || program == "ipop2d";
}
bool is_solid_pop3d(std::string_view program) {
  return program == "solid-pop3d" || program == "spop3d";
}
bool is_perdition(std::string_view program) { return program.starts_with("perdition"); }
// It writes by the name of whoever asks it.
bool is_pam(std::string_view program) {
  return is_dovecot(program) || is_cyrus(program) || is_courier(program) || program == "saslauthd";
}
bool is_qmail(std::string_view program) {
  constexpr std::array<std::string_view, 7> kNames = {
      "smtpd", "qpsmtpd", "rblsmtpd", "tcpserver", "spamdyke", "vpopmail", "vchkpw"};
  return program.starts_with("qmail") ||
         std::find(kNames.begin(), kNames.end(), program) != kNames.end();
}
bool is_haraka(std::string_view program) { return program == "haraka"; }
bool is_assp(std::string_view program) { return program == "assp"; }
bool is_webmail(std::string_view program) {
  return program == "roundcube" || program == "roundcubemail" || program == "sogod" ||
         program == "HORDE" || program == "horde";
}
bool is_rspamd(std::string_view program) { return program.empty() || program == "rspamd"; }
bool is_spamd(std::string_view program) { return program.empty() || program == "spamd"; }
bool is_amavis(std::string_view program) {
  return program == "amavis" || program == "amavisd" || program == "amavisd-new";
}
bool is_mailscanner(std::string_view program) { return program == "MailScanner"; }
// Always a log of its own.
bool is_nameless(std::string_view program) { return program.empty(); }

constexpr std::array<Row, 23> kServers{{
    {MailServer::postfix, is_postfix,
     [](const LogHead& head, const LogClock&) { return read_postfix_clients_log(head); },
     [](const LogHead& head, const LogClock&) { return read_postfix_log(head); }},
    {MailServer::postfix, is_postfix_policy, nullptr,
     [](const LogHead& head, const LogClock&) { return read_postfix_policy_log(head); }},
    {MailServer::exim, is_exim, read_exim_log},
    {MailServer::sendmail, is_sendmail,
     [](const LogHead& head, const LogClock&) { return read_sendmail_log(head); }},
    {MailServer::opensmtpd, is_opensmtpd,
     [](const LogHead& head, const LogClock&) { return read_opensmtpd_log(head); }},
    {MailServer::dovecot, is_dovecot,
     [](const LogHead& head, const LogClock&) { return read_dovecot_log(head); }},
    {MailServer::courier, is_courier, nullptr,
     [](const LogHead& head, const LogClock&) { return read_courier_log(head); }},
    {MailServer::cyrus, is_cyrus, nullptr,
     [](const LogHead& head, const LogClock&) { return read_cyrus_log(head); }},
    {MailServer::uwimap, is_uwimap, nullptr,
     [](const LogHead& head, const LogClock&) { return read_uwimap_log(head); }},
    {MailServer::solid_pop3d, is_solid_pop3d, nullptr,
     [](const LogHead& head, const LogClock&) { return read_solid_pop3d_log(head); }},
    {MailServer::perdition, is_perdition, nullptr,
     [](const LogHead& head, const LogClock&) { return read_perdition_log(head); }},
    {MailServer::pam, is_pam, nullptr,
     [](const LogHead& head, const LogClock&) { return read_pam_log(head); }},
    {MailServer::qmail, is_qmail, nullptr, read_qmail_log},
    {MailServer::haraka, is_haraka, nullptr,
     [](const LogHead& head, const LogClock&) { return read_haraka_log(head); }},
    {MailServer::assp, is_assp, nullptr, read_assp_log},
    {MailServer::mailu, is_nameless, nullptr, read_mailu_log},
    {MailServer::kerio, is_nameless, nullptr, read_kerio_log},
    {MailServer::domino, is_nameless, nullptr, read_domino_log},
    {MailServer::webmail, is_webmail, nullptr, read_webmail_log},
    {MailServer::rspamd, is_rspamd, nullptr,
     [](const LogHead& head, const LogClock&) { return read_rspamd_log(head); }},
    {MailServer::spamd, is_spamd, nullptr,
     [](const LogHead& head, const LogClock&) { return read_spamd_log(head); }},
    {MailServer::amavis, is_amavis, nullptr,
     [](const LogHead& head, const LogClock&) { return read_amavis_log(head); }},
    {MailServer::mailscanner, is_mailscanner, nullptr,
     [](const LogHead& head, const LogClock&) { return read_mailscanner_log(head); }},
}};

// A symbol is some twenty bytes, and a message has dozens; Rspamd itself cuts at 8 KiB.
constexpr std::size_t kRspamdMayCut = 8000;

bool is_filter(MailServer server) {
  return server == MailServer::rspamd || server == MailServer::spamd ||
         server == MailServer::amavis || server == MailServer::mailscanner;
}

// Of a log that is followed: lines that judge no client, of messages and what filters say of them.
std::optional<LogEvent> read_of_mail(const Row& row, const LogHead& head, const LogClock& clock) {
  if (row.server != MailServer::postfix && !is_filter(row.server)) return {};
  auto event = row.read_old(head, clock);
  const bool is_wanted =
      event && !is_of_connection(event->kind) && event->kind != LogEvent::Kind::statistics;
  return is_wanted ? event : std::nullopt;
}

// What the head tells is told of every event.
void finish(std::optional<LogEvent>& event, MailServer server, const LogHead& head) {
  if (!event) event.emplace().kind = LogEvent::Kind::other;
  event->server = server;
  // A log whose lines begin with a time that no other log has tells it in its reader.
  if (head.time != kNever) event->time = head.time;
  event->host = head.host;
  const bool is_rspamds_own = server == MailServer::rspamd && head.program.empty();
  const auto length = is_rspamds_own ? kRspamdMayCut : kMayBeCut;
  if (head.text.size() >= length && server != MailServer::postfix) event->client.reset();
  // What it says of its own count was checked by its reader; the head's is the system's.
  if (head.repeated > 1) event->count = std::max(event->count, head.repeated);
}

// Several servers have programs of one name: what none of them knows is the first's. A line without
// such a name may be anybody's.
std::optional<LogEvent> unknown_to(std::optional<MailServer> writer, const LogHead& head) {
  if (!writer || head.program.empty()) return std::nullopt;
  std::optional<LogEvent> event;
  finish(event, *writer, head);
  return event;
}

}  // namespace

std::optional<LogEvent> read_mail_log(std::string_view line, const LogClock& clock,
                                      std::optional<MailServer> only) {
  const auto head = read_log_head(line, clock);
  if (!head) return std::nullopt;
  std::optional<MailServer> writer;
  for (const auto& row : kServers) {
    // Filters write into the logs of the servers that ask them.
    if ((only && *only != row.server && !is_filter(row.server)) || !row.writes(head->program))
      continue;
    auto event = row.read ? row.read(*head, clock) : std::nullopt;
    if (!event) event = read_of_mail(row, *head, clock);
    if (event) {
      finish(event, row.server, *head);
      return event;
    }
    if (!writer && row.read) writer = row.server;
  }
  return unknown_to(writer, *head);
}

std::optional<LogEvent> MailLogReader::read(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  // Where a server shows what a client wrote on lines of its own, as Exim does with the headers of
  // refused mail, they begin so.
  if (line.starts_with(' ') || line.starts_with('\t')) return std::nullopt;
  return read(read_any_log_head(line, times_));
}

std::optional<LogEvent> MailLogReader::read_entry(std::string_view entry) {
  const auto journal = read_journal_entry(entry);
  if (!journal) return std::nullopt;
  if (!journal->is_of_container) return read(journal->head);
  auto event = read(journal->head.text);
  if (event && event->time == kNever) event->time = journal->head.time;
  return event;
}

// Where nobody says whose line it is, the first server that would have written it.
std::optional<LogEvent> MailLogReader::read(const LogHead& head) const {
  const bool is_named = !head.program.empty();
  std::optional<MailServer> writer;
  for (const auto& row : kServers) {
    if (only_ && *only_ != row.server) continue;
    if (is_named && !row.writes(head.program)) continue;
    if (auto event = row.read_old(head, clock_)) {
      finish(event, row.server, head);
      return event;
    }
    if (!writer) writer = row.server;
  }
  return unknown_to(writer, head);
}

}  // namespace gatepost
