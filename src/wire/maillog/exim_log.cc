// What Exim logs of clients and messages, in a log of its own or the system's.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;
using Host = LogCursor::Host;

bool is_id_letter(char c) { return is_host_letter(c) && c != '.' && c != '_'; }
bool is_helo_letter(char c) { return c != '(' && c != ')'; }
bool is_no_blank(char c) { return c != ' '; }

// No address: another place of the line looks like it.
struct Peer {
  std::string_view name;
  std::optional<Address> address;
};

LogEvent event_of(Kind kind, const Peer& peer) {
  LogEvent event;
  event.kind = kind;
  event.client = peer.address;
  event.host_name = peer.name;
  return event;
}

// "…) [198.51.100.9]", as the end of a HELO and the address behind it.
bool has_end_of_helo(std::string_view text) {
  for (auto at = text.find(") ["); at != std::string_view::npos; at = text.find(") [", at + 1)) {
    if (LogCursor(text.substr(at + 2)).take_address()) return true;
  }
  return false;
}

// "H=mx.example.net (helo) [192.0.2.1]:4711 ", of which the "H=" is taken: only what was looked up
// stands without parentheses. A HELO with one in it may be made to look like an address: then
// there are two places that do.
std::optional<Peer> take_peer(LogCursor& line) {
  auto ahead = line;
  const auto name = ahead.take_letters(is_host_letter);
  if (!name.empty() && !ahead.take(" ")) return {};
  const bool has_helo = ahead.take("(");
  if (has_helo) {
    ahead.take_letters(is_helo_letter);
    if (!ahead.take(") ")) return {};
  }
  const auto host = ahead.take_host();
  if (!host || !host->name.empty()) return {};
  line = ahead;
  if (has_helo && has_end_of_helo(line.rest())) return Peer{};
  return Peer{name, host->address};
}

// The peer, and the interface where it is told: " I=[192.0.2.9]:25".
std::optional<Peer> take_connection(LogCursor& line) {
  auto ahead = line;
  ahead.take("H=");
  const auto host = take_peer(ahead);
  if (!host) return {};
  auto interface = ahead;
  if (interface.take(" I=[") && interface.take_until("]", 64)) {
    if (interface.take(":")) interface.take_letters(is_digit);
    ahead = interface;
  }
  line = ahead;
  return host;
}

// Its own words, and those that many put into its access lists.
bool means_unknown(std::string_view reason) {
  constexpr std::array<std::string_view, 7> kWords = {
      "Unrouteable address", "Unknown user", "User unknown", "No such user",
      "No Such User Here",   "550 5.1.1 ",   "5.1.1 "};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return starts_with_ignoring_case(reason, word);
  });
}

// Behind "rejected ": "RCPT <c@d>: Unrouteable address", "after DATA: …", "EHLO or HELO x: …".
void read_rejected(LogCursor line, bool temporary, LogEvent& event) {
  struct Stage {
    std::string_view word;
    Kind kind;  // where the reason does not tell more
  };
  constexpr std::array kStages = {
      Stage{"MAIL ", Kind::refused_sender},
      Stage{"EHLO or HELO ", Kind::refused_helo},
      Stage{"HELO ", Kind::refused_helo},
      Stage{"EHLO ", Kind::refused_helo},
      Stage{"connection ", Kind::refused_client},
      Stage{"after DATA", Kind::refused_content},
      Stage{"by local_scan()", Kind::refused_content},
      Stage{"VRFY ", Kind::bad_command},
      Stage{"EXPN ", Kind::bad_command},
      Stage{"ETRN ", Kind::bad_command},
      Stage{"AUTH", Kind::bad_command},
      Stage{"during MIME ACL", Kind::refused_content},
  };
  event.temporary = temporary;
  if (line.take("RCPT ")) {
    const auto recipient = line.take_until(": ");
    if (recipient) event.recipient = without_brackets(*recipient);
    event.beside_others = recipient && means_unknown(line.rest());
    const auto kind =
        event.beside_others ? Kind::unknown_user : kind_of_refusal(line.rest(), temporary);
    event.kind = temporary && event.beside_others ? Kind::deferred : kind;
    return;
  }
  const auto stage = std::find_if(kStages.begin(), kStages.end(),
                                  [&](const Stage& row) { return line.take(row.word); });
  const auto otherwise = stage == kStages.end() ? Kind::refused : stage->kind;
  // Programs of honest people write such lines.
  if (line.take(": maximum allowed line length")) {
    event.kind = Kind::transaction_ended;
    return;
  }
  // What was refused for its content, was: the words tell of what kind it is.
  event.had_content = otherwise == Kind::refused_content;
  if (otherwise == Kind::refused_content || otherwise == Kind::bad_command) {
    event.kind = temporary ? Kind::deferred : otherwise;
    return;
  }
  line.take_until(": ");
  event.kind = kind_of_refusal(line.rest(), temporary, otherwise);
}

// 'Warning: "SpamAssassin as cpanel detected message as NOT spam (0.0)"'; other warnings tell
// nothing that is known here.
Kind kind_of_warning(std::string_view text) {
  const auto verdict = behind_only(text, " detected message as ");
  if (!text.starts_with("\"SpamAssassin as ") || !verdict) return Kind::other;
  if (verdict->starts_with("NOT spam")) return Kind::judged_ham;
  return verdict->starts_with("spam") ? Kind::judged_spam : Kind::other;
}

bool has_two(std::string_view text, std::string_view word) {
  return text.find(word) != text.rfind(word);
}

// Behind the client: " I=[…]:25 X=… F=<a@b> rejected RCPT <c@d>: Unrouteable address". A sender
// that looks like a whole line of its own may not say what became of it.
std::optional<LogEvent> read_refusal(LogCursor line, const Peer& host) {
  auto event = event_of(Kind::deferred, host);
  if (has_end_of_helo(line.rest()) && has_two(line.rest(), " F=<")) return event;
  while (line.take(" ")) {
    if (line.take("F=<")) {
      event.sender = line.take_until(">");
      if (!event.sender) return {};
    } else if (line.take("F=")) {
      event.sender = line.take_letters(is_no_blank);
    } else if (line.take("temporarily rejected ")) {
      read_rejected(line, true, event);
      return event;
    } else if (line.take("rejected ")) {
      read_rejected(line, false, event);
      return event;
    } else if (line.take("sender verify fail for ")) {
      event.kind = Kind::refused_sender;
      event.retold = true;  // with the recipient that is rejected for it
      return event;
    } else if (line.take("sender verify defer for ")) {
      return event;
    } else if (line.take("Warning: ")) {
      event.kind = kind_of_warning(line.rest());
      return event;
    } else if (line.take("dropped: ")) {
      event.kind = Kind::blocked;
      return event;
    } else if (line.take_letters(is_no_blank).empty()) {
      return {};
    }
  }
  return {};  // also where it speaks of a server to which it delivers
}

// "F=a@b H=mx [192.0.2.1] P=smtp rejected by local_scan(): no", of which the "F=" is taken. A local
// part with quotes in it, or with backslashes, may hold anything, and stands here as it came.
std::optional<LogEvent> read_refusal_of_sender(LogCursor line) {
  const auto sender = line.take_until(" H=");
  if (!sender || sender->find_first_of("\" \\") != std::string_view::npos) return {};
  const auto host = take_peer(line);
  if (!host) return {};
  auto event = read_refusal(line, *host);
  if (event) event->sender = without_brackets(*sender);
  return event;
}

// Fields in which the client may write what it likes.
bool is_of_client(std::string_view text) {
  constexpr std::array<std::string_view, 4> kFields = {"id=", "T=", "DN=", "SNI="};
  return std::any_of(kFields.begin(), kFields.end(),
                     [&](std::string_view field) { return text.starts_with(field); });
}

// Told at the end of a line with log_selector = +received_recipients: " for b@c d@e". A subject may
// end like that, in quotes.
std::optional<std::uint32_t> recipients_in(std::string_view text) {
  constexpr std::string_view kFor = " for ";
  const auto at = text.rfind(kFor);
  if (at == std::string_view::npos) return {};
  const auto names = split(text.substr(at + kFor.size()), ' ');
  const bool are_addresses = std::all_of(names.begin(), names.end(), [](std::string_view name) {
    return name.find('@') != std::string_view::npos && name.find('"') == std::string_view::npos;
  });
  if (!are_addresses) return {};
  return static_cast<std::uint32_t>(names.size());
}

// " P=esmtpsa X=… A=plain:kim S=1234 id=…".
void read_arrival_fields(LogCursor line, LogEvent& event) {
  while (line.take(" ")) {
    if (line.take("A=")) {
      event.kind = Kind::logged_in;
      line.take_until(":");
      event.login = line.take_letters(is_no_blank);
      continue;
    }
    if (line.take("S=")) event.bytes = line.take_number().value_or(0);
    if (line.take("id=")) event.message_id = line.rest().substr(0, line.rest().find(' '));
    if (is_of_client(line.rest())) return;
    if (line.take_letters(is_no_blank).empty() && !line.rest().starts_with(' ')) return;
  }
}

// Behind "<= ": "kim@b U=kim P=local S=…", without a client: a program's on this host, or a bounce
// of Exim's own.
LogEvent read_own_arrival(LogCursor line) {
  LogEvent event;
  event.kind = Kind::queued;
  const auto sender = line.take_letters(is_no_blank);
  event.sender = sender == "<>" ? std::string_view() : sender;
  event.of_ours = line.take(" U=");
  return event;
}

// Behind "<= ": "a@b H=mx (helo) [192.0.2.1] P=esmtpsa …".
std::optional<LogEvent> read_arrival(LogCursor line) {
  auto ahead = line;
  const auto sender = ahead.take_until(" H=");
  if (!sender) return read_own_arrival(line);
  if (sender->find_first_of("\" \\") != std::string_view::npos) return {};
  const auto host = take_peer(ahead);
  if (!host) return {};
  auto event = event_of(Kind::accepted, *host);
  event.sender = *sender == "<>" ? std::string_view() : *sender;
  event.recipients = recipients_in(ahead.rest());
  read_arrival_fields(ahead, event);
  return event;
}

// " R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.1]:25 X=…": the host, where there is one.
void read_host(std::string_view text, LogEvent& event) {
  const auto host = behind_only(text, " H=");
  if (!host) return;
  LogCursor line(*host);
  const auto name = line.take_letters(is_host_letter);
  if (!line.take(" ")) return;
  event.relay = line.take_address();
  if (event.relay) event.relay_name = name;
}

// "b@example.org", "b <b@example.org> ": what becomes of a message for one recipient.
LogEvent recipient_event(Kind kind, LogCursor line) {
  LogEvent event;
  event.kind = kind;
  read_host(line.rest(), event);
  auto bracket = line;
  if (bracket.take_until(" <", 256) && bracket.rest().find('>') != std::string_view::npos) {
    const auto name = line.rest().substr(0, line.rest().find(' '));
    if (line.rest().substr(name.size()).starts_with(" <")) {
      event.recipient = bracket.take_until(">").value_or("");
      return event;
    }
  }
  event.recipient = line.rest().substr(0, line.rest().find_first_of(" :"));
  return event;
}

// "SA: Action: flagged as Spam but accepted: … From <a@b> (host=mx [192.0.2.1]) for c@d".
std::optional<LogEvent> read_sa_exim(LogCursor line) {
  if (!line.take("Action: ")) return {};
  const bool ham = line.rest().starts_with("scanned but message isn't spam");
  const auto peer = behind_only(line.rest(), " (host=");
  if (!peer) return {};
  LogCursor cursor(*peer);
  const auto name = cursor.take_letters(is_host_letter);
  cursor.take(" ");
  const auto address = cursor.take_address();
  if (!address || !cursor.take(") for ")) return {};
  auto event = event_of(ham ? Kind::judged_ham : Kind::judged_spam,
                        Host{name == "NULL" ? std::string_view() : name, *address});
  auto id = line;
  if (id.take_until(" | Message-Id: ", 512)) event.message_id = id.take_until(")").value_or("");
  return event;
}

// Behind the name of a message: what became of it.
std::optional<LogEvent> read_message(LogCursor line) {
  struct Mark {
    std::string_view mark;
    Kind kind;
  };
  constexpr std::array kMarks = {Mark{"=> ", Kind::delivered}, Mark{"-> ", Kind::delivered},
                                 Mark{">> ", Kind::delivered}, Mark{"** ", Kind::bounced},
                                 Mark{"== ", Kind::delayed}};
  if (line.take("<= ")) return read_arrival(line);
  for (const auto& row : kMarks) {
    if (line.take(row.mark)) return recipient_event(row.kind, line);
  }
  LogEvent event;
  event.kind = Kind::removed;
  if (line.rest() == "Completed" || line.rest().starts_with("Completed ")) return event;
  return line.take("SA: ") ? read_sa_exim(line) : std::nullopt;
}

// "plain_server authenticator failed for mx (helo) [192.0.2.1]:4711: 535 Incorrect authentication
// data (set_id=kim)".
std::optional<LogEvent> read_login(LogCursor line) {
  if (line.take_letters(is_host_letter).empty()) return {};
  if (!line.take(" authenticator failed for ")) return {};
  const auto host = take_connection(line);
  if (!host) return {};
  if (line.take(" U=")) line.take_letters([](char c) { return c != ' ' && c != ':'; });
  if (!line.take(": ")) return {};
  const auto code = line.take_number();
  if (!code) return {};
  return event_of(*code == 535 ? Kind::wrong_password : Kind::deferred, *host);
}

std::optional<LogEvent> read_early_talk(LogCursor line) {
  constexpr std::string_view kEarly =
      "SMTP protocol synchronization error (input sent without waiting for greeting): ";
  if (!line.take(kEarly)) return {};
  if (!line.take("rejected connection from ") && !line.take("remote host ignored our greeting"))
    return {};
  line.take(" ");
  line.take("H=");
  const auto host = take_peer(line);
  if (!host) return {};
  auto event = event_of(Kind::spoke_early, *host);
  if (line.take_until(" input=\"", 128)) {
    event.early_bytes = line.rest().substr(0, line.rest().rfind('"'));
  }
  return event;
}

// 'SMTP protocol error in "AUTH LOGIN" H=(x) [192.0.2.1] AUTH command used when not advertised':
// the command is the client's, and may have quotes in it.
std::optional<LogEvent> read_protocol_error(LogCursor line) {
  constexpr std::string_view kOutOfStep = "SMTP protocol synchronization error (";
  const bool out_of_step = line.take(kOutOfStep);
  if (!out_of_step && !line.take("SMTP protocol error in \"") &&
      !line.take("SMTP syntax error in \""))
    return {};
  const auto peer =
      out_of_step ? behind_only(line.rest(), "\" H=") : behind_last(line.rest(), "\" H=");
  if (!peer) return {};
  LogCursor cursor(*peer);
  const auto host = take_connection(cursor);
  if (!host || !cursor.take(" ")) return {};
  if (out_of_step && !cursor.take("next input=\"")) return {};
  if (!out_of_step && cursor.rest().find_first_of("\"[]()") != std::string_view::npos) return {};
  return event_of(Kind::bad_command, *host);
}

// Told with log_selector = +smtp_connection.
std::optional<LogEvent> read_connection(LogCursor line) {
  if (!line.take("SMTP connection from ")) return {};
  const auto host = take_connection(line);
  if (!host) return {};
  if (line.take(" (TCP/IP connection count")) return event_of(Kind::connected, *host);
  if (line.rest().starts_with(" closed by DROP in ACL")) return event_of(Kind::blocked, *host);
  if (line.take(" closed by ") || line.take(" lost")) return event_of(Kind::disconnected, *host);
  return {};
}

// Lines that say first what there was, and then of whom.
std::optional<LogEvent> read_trouble(LogCursor line) {
  struct Trouble {
    std::string_view before;
    std::string_view behind;  // the client
    Kind kind;
  };
  constexpr std::array kTroubles = {
      Trouble{"SMTP call from ", " dropped: too many ", Kind::too_many_errors},
      Trouble{"SMTP call from ", " dropped: ", Kind::blocked},
      Trouble{"no MAIL in SMTP connection from ", " D=", Kind::lost},
      Trouble{"no MAIL in SMTP connection from ", "", Kind::lost},
      Trouble{"Connection from ", " refused: ", Kind::blocked},
      Trouble{"refused connection from ", "", Kind::blocked},
      Trouble{"rejected EHLO from ", ": ", Kind::refused_helo},
      Trouble{"rejected HELO from ", ": ", Kind::refused_helo},
      Trouble{"rejected VRFY from ", ": ", Kind::bad_command},
      Trouble{"rejected EXPN from ", ": ", Kind::bad_command},
      Trouble{"rejected ETRN from ", ": ", Kind::bad_command},
      Trouble{"rejected AUTH from ", ": ", Kind::bad_command},
      Trouble{"unexpected disconnection while reading SMTP command from ", "", Kind::lost},
      Trouble{"SMTP command timeout on connection from ", "", Kind::timed_out},
      Trouble{"SMTP command timeout on TLS connection from ", "", Kind::timed_out},
      Trouble{"SMTP data timeout (message abandoned) on connection from ", "", Kind::timed_out},
      Trouble{"SMTP connection lost while reading message data from ", "", Kind::cut_off},
      Trouble{"TLS error on connection from ", " ", Kind::other},
  };
  for (const auto& row : kTroubles) {
    auto ahead = line;
    if (!ahead.take(row.before)) continue;
    const auto host = take_connection(ahead);
    if (host && ahead.rest().starts_with(row.behind)) return event_of(row.kind, *host);
  }
  return {};
}

// "unqualified sender rejected: <x> H=mx [192.0.2.1] …": what the client wrote stands before it.
std::optional<LogEvent> read_unqualified(LogCursor line) {
  const bool sender = line.take("unqualified sender rejected: ");
  if (!sender && !line.take("unqualified recipient rejected: ")) return {};
  const auto peer = behind_only(line.rest(), "> H=");
  if (!peer) return {};
  LogCursor cursor(*peer);
  const auto host = take_peer(cursor);
  if (!host) return {};
  return event_of(sender ? Kind::refused_sender : Kind::refused_recipient, *host);
}

// What it says of names in the DNS is nothing that the client did.
std::optional<LogEvent> read_lookup(LogCursor line) {
  std::optional<Address> address;
  if (line.take("no host name found for IP address ")) {
    address = take_plain_address(line);
    if (!line.at_end()) return {};
  } else if (line.take("no IP address found for host ")) {
    line.take_letters(is_host_letter);
    if (!line.take(" (during SMTP connection from ")) return {};
    line.take("H=");
    const auto peer = take_peer(line);
    if (peer) address = peer->address;
    if (!line.take(")")) return {};
  }
  if (!address) return {};
  return event_of(Kind::other, Host{{}, *address});
}

std::optional<LogEvent> read_refused(LogCursor line) {
  if (line.take("F=")) return read_refusal_of_sender(line);
  if (!line.take("H=")) return {};
  const auto host = take_peer(line);
  if (!host) return {};
  return read_refusal(line, *host);
}

std::optional<LogEvent> read_text(LogCursor line) {
  constexpr std::array kReaders = {read_early_talk, read_protocol_error, read_connection,
                                   read_login,      read_trouble,        read_unqualified,
                                   read_lookup,     read_refused};
  for (const auto read : kReaders) {
    if (auto event = read(line)) return event;
  }
  return {};
}

// "1rZrDd-000000002gU-1rK6", "1Ai79e-0000Dq-8i".
bool is_message(std::string_view id) {
  return (id.size() == 16 || id.size() == 23) && id[6] == '-';
}

}  // namespace

std::optional<LogEvent> read_exim_log(const LogHead& head, const LogClock& clock) {
  auto text = head.text;
  if (!head.program.empty()) take_log_time(text, clock);
  LogCursor line(text);
  // "1rZrDd-000000002gU-1rK6 SA: …" has the form of a host and a program.
  if (head.program == "SA" && is_message(head.host)) {
    auto event = read_sa_exim(line);
    if (event) event->transaction = head.host;
    return event;
  }
  if (line.take("[") && (line.take_letters(is_digit).empty() || !line.take("] "))) return {};
  if (auto event = read_text(line)) return event;
  const auto id = line.take_letters(is_id_letter);
  if (!is_message(id) || !line.take(" ")) return {};
  auto event = read_message(line);
  if (!event) event = read_text(line);
  if (event) event->transaction = id;
  return event;
}

}  // namespace gatepost
