// What is logged around qmail: tcpserver, rblsmtpd, qmail-smtpd and its patches, qmail-send,
// qpsmtpd, spamdyke, vpopmail.
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

struct Word {
  std::string_view word;
  Kind kind;
};

std::optional<LogEvent> event_at(Kind kind, const std::optional<Address>& address) {
  if (!address) return {};
  return event_of(kind, Host{{}, *address});
}

// "192.0.2.1 pid 19597 bl.example: 451 see …", "bl.example blocked 192.0.2.1 mx.example.net -".
std::optional<LogEvent> read_rblsmtpd(LogCursor line) {
  auto list = line;
  if (!list.take_letters(is_host_letter).empty() && list.take(" blocked ")) {
    const auto address = take_plain_address(list);
    return list.take(" ") ? event_at(Kind::refused_listed, address) : std::nullopt;
  }
  const auto address = take_plain_address(line);
  if (!address || !line.take(" pid ") || line.take_letters(is_digit).empty()) return {};
  const auto answer = behind_only(line.rest(), ": 451 ");
  auto event = event_at(Kind::refused_listed, address);
  event->temporary = answer.has_value();
  return event;
}

// "pid 4711 from 192.0.2.1", "ok 4711 mx:192.0.2.9:25 :192.0.2.1::4000", "deny 4711 …", "end 4711
// status 0": the process is the connection.
std::optional<LogEvent> read_tcpserver(LogCursor line) {
  LogEvent event;
  event.kind = Kind::other;
  if (line.take("end ")) {
    event.kind = Kind::disconnected;
    event.visit = line.take_letters(is_digit);
    return line.take(" status ") ? std::optional(event) : std::nullopt;
  }
  if (line.take("pid ")) {
    event.kind = Kind::connected;
    event.visit = line.take_letters(is_digit);
    if (!line.take(" from ")) return {};
    event.client = take_plain_address(line);
    if (!event.client || !line.at_end()) return {};
    return event;
  }
  const bool denied = line.take("deny ");
  if (!denied && !line.take("ok ")) return {};
  event.visit = line.take_letters(is_digit);
  if (!line.take(" ") || !line.take_until(" ", 256)) return {};
  // "name:192.0.2.1:user:port", of which the user is what the client's host says.
  line.take_letters(is_host_letter);
  if (!line.take(":")) return {};
  const auto address = line.take_until(":", 64);
  event.client = address ? Address::parse(*address) : std::nullopt;
  if (!event.client) return {};
  if (denied) event.kind = Kind::blocked;
  return event;
}

// "CHKUSER rejected rcpt: from <a@b::> remote <helo:mx.example.net:192.0.2.1> rcpt <c@d> : not
// existing recipient": clients write into all three.
std::optional<LogEvent> read_chkuser(LogCursor line) {
  auto kind = Kind::other;
  if (line.take("rejected rcpt: ")) {
    kind = Kind::refused_recipient;
  } else if (line.take("rejected sender: ")) {
    kind = Kind::refused_sender;
  } else if (line.take("rejected relaying: ")) {
    kind = Kind::refused_relay;
  } else if (line.take("accepted rcpt: ")) {
    kind = Kind::transaction_began;
  } else if (!line.take("accepted sender: ") && !line.take("relaying rcpt: ")) {
    return {};
  }
  const auto text = line.rest();
  const auto remote = behind_only(text, " remote <");
  const auto behind = behind_only(text, "> rcpt <");
  const auto reason = behind_last(text, "> : ");
  if (!remote || !behind || behind->data() < remote->data()) return {};
  const auto peer = remote->substr(0, remote->find("> rcpt <"));
  const auto address = behind_last(peer, ":");
  auto event = event_at(kind, address ? Address::parse(*address) : std::nullopt);
  if (!event) return {};
  event->recipient = behind->substr(0, behind->find('>'));
  if (kind == Kind::refused_recipient && reason && *reason == "not existing recipient")
    event->kind = Kind::unknown_user;
  if (kind == Kind::refused_recipient && reason && reason->starts_with("max number of"))
    event->kind = Kind::too_many_errors;
  return event;
}

// "421 badiprbl: ip 192.0.2.1 rbl: bl.example".
std::optional<LogEvent> read_smtpd(LogCursor line) {
  if (line.take("CHKUSER ")) return read_chkuser(line);
  const auto code = line.take_number();
  if (!code || *code < 400 || *code > 599 || !line.take(" ")) return {};
  const auto word = line.take_letters(is_host_letter);
  if (!line.take(": ip ")) return {};
  const auto address = take_plain_address(line);
  if (!address || (!line.at_end() && !line.take(" "))) return {};
  auto event = event_at(kind_of_refusal(word, *code < 500, Kind::refused_client), address);
  event->temporary = *code < 500;
  return event;
}

// "DENIED_RBL_MATCH from: a@b to: c@d origin_ip: 192.0.2.1 origin_rdns: x auth: …".
std::optional<LogEvent> read_spamdyke(LogCursor line) {
  constexpr std::array kWords = {
      Word{"ALLOWED", Kind::transaction_began},
      Word{"TIMEOUT", Kind::timed_out},
      Word{"DENIED_RBL", Kind::refused_listed},
      Word{"DENIED_RHSBL", Kind::refused_listed},
      Word{"DENIED_GRAYLISTED", Kind::greylisted},
      Word{"DENIED_RELAYING", Kind::refused_relay},
      Word{"DENIED_EARLYTALKER", Kind::spoke_early},
      Word{"DENIED_INVALID_RECIPIENT", Kind::unknown_user},
      Word{"DENIED_RECIPIENT", Kind::refused_recipient},
      Word{"DENIED_UNQUALIFIED_RECIPIENT", Kind::refused_recipient},
      Word{"DENIED_SENDER", Kind::refused_sender},
      Word{"DENIED_IDENTICAL", Kind::refused_sender},
      Word{"DENIED_RDNS", Kind::refused_client},
      Word{"DENIED_IP", Kind::refused_client},
      Word{"DENIED_BLACKLIST", Kind::refused_client},
      Word{"DENIED_TOO_MANY", Kind::too_many_errors},
      Word{"DENIED_", Kind::refused},
  };
  const auto word = line.take_letters([](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
  const auto row = std::find_if(kWords.begin(), kWords.end(), [&](const Word& candidate) {
    return word.starts_with(candidate.word);
  });
  if (row == kWords.end() || !line.take(" from: ")) return {};
  const auto origin = behind_only(line.rest(), " origin_ip: ");
  if (!origin) return {};
  LogCursor cursor(*origin);
  const auto address = take_plain_address(cursor);
  return cursor.take(" ") ? event_at(row->kind, address) : std::nullopt;
}

// "vchkpw-smtp: password fail kim@example.org:192.0.2.1": the name stands before the last colon.
std::optional<LogEvent> read_vpopmail(LogCursor line) {
  if (!line.take("vchkpw-") || !line.take_until(": ", 16)) return {};
  auto kind = Kind::wrong_password;
  if (line.take("(")) line.take_until(") ", 32);
  if (line.take("login success ") || line.take("login success: ")) {
    kind = Kind::logged_in;
  } else if (!line.take("password fail ") && !line.take("vpopmail user not found ") &&
             !line.take("null password given ") && !line.take("invalid user/domain characters ") &&
             !line.take("system user not found ") && !line.take("system password fail ")) {
    return {};
  }
  const auto address = behind_last(line.rest(), ":");
  auto event = event_at(kind, address ? Address::parse(*address) : std::nullopt);
  if (event) event->of_users = true;
  return event;
}

// "new msg 4711", "info msg 4711: bytes 9 from <a@b> qp 1 uid 2", "delivery 1: success: …".
std::optional<LogEvent> read_send(LogCursor line) {
  LogEvent event;
  if (line.take("info msg ")) {
    event.kind = Kind::queued;
    event.transaction = line.take_letters(is_digit);
    if (!line.take(": bytes ")) return {};
    event.bytes = line.take_number().value_or(0);
    if (!line.take(" from <")) return {};
    event.sender = line.take_until(">");
    return event;
  }
  if (line.take("end msg ")) {
    event.kind = Kind::removed;
    event.transaction = line.rest();
    return event;
  }
  if (line.take("delivery ")) {
    if (line.take_letters(is_digit).empty()) return {};
    if (line.take(": success: "))
      event.kind = Kind::delivered;
    else if (line.take(": failure: "))
      event.kind = Kind::bounced;
    else if (line.take(": deferral: "))
      event.kind = Kind::delayed;
    else
      return {};
    return event;
  }
  if (!line.take("new msg ") && !line.take("starting delivery ") && !line.take("status: local "))
    return {};
  event.kind = Kind::other;
  return event;
}

// "4711 Connection from mx.example.net [192.0.2.1]"; "4711 logging::logterse plugin (deny): `
// 192.0.2.1<tab>name<tab>helo<tab>…": what it looked up stands first.
std::optional<LogEvent> read_qpsmtpd(LogCursor line) {
  line.take_letters(is_digit);
  line.take(" ");
  if (line.take("Accepted connection ") && line.take_until(" from ", 32)) {
    const auto address = take_plain_address(line);
    return line.take(" / ") ? event_at(Kind::connected, address) : std::nullopt;
  }
  if (line.take("Connection from ")) {
    const auto name = line.take_letters(is_host_letter);
    line.take(" ");
    const auto address = line.take_address();
    if (!address || !line.at_end()) return {};
    return event_of(Kind::connected, Host{name, *address});
  }
  if (!line.take("logging::logterse plugin (")) return {};
  const auto hook = line.take_until("): ` ", 32);
  const auto address = hook ? take_plain_address(line) : std::nullopt;
  if (!address || !line.take("\t")) return {};
  if (*hook == "queue") return event_at(Kind::accepted, address);
  return event_at(kind_of_refusal(line.rest(), false), address);
}

}  // namespace

std::optional<LogEvent> read_qmail_log(const LogHead& head, const LogClock&) {
  LogCursor line(head.text);
  // The time once more, as splogger has it: "1157520813.485077 ".
  auto time = line;
  if (time.take_letters(is_digit).size() >= 9 && time.take(".") &&
      !time.take_letters(is_digit).empty() && time.take(" "))
    line = time;
  auto program = head.program;
  constexpr std::array<std::string_view, 7> kNames = {
      "rblsmtpd: ", "tcpserver: ", "qmail-smtpd: ", "qpsmtpd: ",
      "spamdyke: ", "smtpd: ",     "qmail: "};
  for (const auto name : kNames) {
    if (line.take(name)) program = name.substr(0, name.size() - 2);
  }
  if (program == "rblsmtpd") return read_rblsmtpd(line);
  if (program == "tcpserver") return read_tcpserver(line);
  if (program == "spamdyke") return read_spamdyke(line);
  if (program == "qpsmtpd") return read_qpsmtpd(line);
  if (auto event = read_vpopmail(line)) return event;
  if (line.take("CHKUSER ")) return read_chkuser(line);
  if (auto event = read_spamdyke(line)) return event;
  if (program.empty()) return {};
  if (auto event = read_smtpd(line)) return event;
  return read_send(line);
}

}  // namespace gatepost
