// What ASSP, a proxy before a mail server, logs of clients.
#include <array>

#include "wire/maillog/line_parts.h"
#include "wire/maillog/log_cursor.h"
#include "wire/maillog/server_logs.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

struct Word {
  std::string_view word;
  Kind kind;
};

bool is_message(std::string_view word) {
  return word.find('-') != std::string_view::npos && word.find_first_of("0123456789") < 4;
}

// The tag in brackets before or behind the address, by which it says what it found.
Kind kind_of_tag(std::string_view tag) {
  constexpr std::array kTags = {
      Word{"RelayAttempt", Kind::refused_relay},
      Word{"DNSBL", Kind::refused_listed},
      Word{"URIBL", Kind::refused_content},
      Word{"InvalidAddress", Kind::unknown_user},
      Word{"Delayed", Kind::greylisted},
      Word{"Virus", Kind::judged_virus},
      Word{"VIRUS", Kind::judged_virus},
      Word{"Bayesian", Kind::judged_spam},
      Word{"MessageLimit", Kind::judged_spam},
      Word{"SpamBucket", Kind::judged_spam},
      Word{"ForgedHELO", Kind::refused_helo},
      Word{"InvalidHELO", Kind::refused_helo},
      Word{"MalformedHELO", Kind::refused_helo},
      Word{"Blacklisted", Kind::refused_sender},
      Word{"SpoofedSender", Kind::refused_sender},
      Word{"ForgedLocalSender", Kind::refused_sender},
      Word{"MissingMX", Kind::refused_sender},
      Word{"SPF", Kind::refused_sender},
      Word{"PTRmissing", Kind::refused_client},
      Word{"PTRinvalid", Kind::refused_client},
      Word{"DenyIP", Kind::blocked},
      Word{"DenyStrict", Kind::blocked},
      Word{"IPfrequency", Kind::blocked},
      Word{"IPlimit", Kind::blocked},
      Word{"PenaltyBox", Kind::blocked},
      Word{"Extreme", Kind::blocked},
      Word{"MaxErrors", Kind::too_many_errors},
      Word{"EarlyTalker", Kind::spoke_early},
      Word{"Trap", Kind::refused_recipient},
      Word{"MessageOK", Kind::judged_ham},
  };
  for (const auto& row : kTags) {
    if (tag == row.word) return row.kind;
  }
  return Kind::other;
}

// Behind the address; a sender in brackets and the recipient may stand first, so words that clients
// can write make no client, only a kind.
Kind kind_of_text(LogCursor line, Kind by_tag) {
  if (line.take("[SMTP Error] ")) {
    if (line.rest().starts_with("535 ")) return Kind::wrong_password;
    return line.rest().starts_with('5') ? kind_of_refusal(line.rest(), false) : Kind::deferred;
  }
  if (line.rest().starts_with("SSL negotiation with client failed")) return Kind::lost;
  if (line.take("max sender authentication errors (") || line.take("max errors ("))
    return Kind::too_many_errors;
  if (by_tag != Kind::other) return by_tag;
  const auto text = line.rest();
  if (text.find(" relay attempt blocked for") != std::string_view::npos) return Kind::refused_relay;
  return Kind::other;
}

// "Blocking 192.0.2.1 - too much AUTH errors (8);".
std::optional<LogEvent> read_blocking(LogCursor line) {
  if (!line.take("Blocking ")) return {};
  const auto address = take_plain_address(line);
  if (!address || !line.take(" - ")) return {};
  return event_of(Kind::blocked, LogCursor::Host{{}, *address});
}

// "Connected: 192.0.2.1:4711 -> 192.0.2.9:25", "Disconnected: 192.0.2.1".
std::optional<LogEvent> read_connection(LogCursor line) {
  const bool connected = line.take("Connected: ");
  if (!connected && !line.take("Disconnected: ")) return {};
  line.take("session:");
  const auto address = take_plain_address(line);
  if (!address) return {};
  return event_of(connected ? Kind::connected : Kind::disconnected, LogCursor::Host{{}, *address});
}

}  // namespace

// "m1-25391-06124 [Worker_1] [TLS-out] [RelayAttempt] 192.0.2.1 <a@b> to: c@d relay attempt …".
std::optional<LogEvent> read_assp_log(const LogHead& head, const LogClock& clock) {
  LogCursor line(head.text);
  const auto time = take_own_time(line, clock);
  // Without its own time and without a name it takes its tags to know it.
  bool known = time || !head.program.empty();
  auto id = line;
  const auto word = id.take_letters([](char c) { return is_host_letter(c); });
  const bool has_id = is_message(word) && id.take(" ");
  if (has_id) line = id;
  auto kind = Kind::other;
  while (line.take("[")) {
    const auto tag = line.take_until("] ", 64);
    if (!tag) return {};
    known = known || tag->starts_with("Worker_") || tag->ends_with("-out") || tag->ends_with("-in");
    if (const auto told = kind_of_tag(*tag); told != Kind::other) kind = told;
  }
  if (!known) return read_blocking(line);
  auto event = read_blocking(line);
  if (!event) event = read_connection(line);
  if (!event) {
    const auto address = take_plain_address(line);
    if (!address || !line.take(" ")) return {};
    auto tag = line;
    if (tag.take("[")) {
      const auto told = kind_of_tag(tag.take_until("]", 32).value_or(""));
      if (told != Kind::other) kind = told;
    }
    if (tag.rest().size() == line.rest().size() && !line.rest().starts_with('<') && !has_id &&
        kind_of_text(line, kind) == Kind::other)
      return {};
    event = event_of(kind_of_text(line, kind), LogCursor::Host{{}, *address});
    if (auto sender = line; sender.take("<")) event->sender = sender.take_until(">");
  }
  if (has_id) event->transaction = word;
  if (time) event->time = *time;
  return event;
}

}  // namespace gatepost
