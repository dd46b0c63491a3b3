// What Postfix says when it refuses a command or a message, or does something else to it.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "wire/maillog/postfix_log.h"
#include "wire/maillog/server_logs.h"
#include "wire/smtp/unknown_user.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kQueueIdLengthMax = 32;
constexpr std::size_t kStageLengthMax = 32;

bool is_stage_letter(char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == ' '; }
bool is_verb_letter(char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '_'; }

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

struct Refusal {
  std::uint32_t code = 0;    // 0: cleanup tells none
  std::string_view status;   // "5.1.1" where it is there
  std::string_view stage;    // "RCPT"
  std::string_view words;    // without "<b@example.org>: " before them
  bool has_subject = false;  // what stood there, even if it was empty
  bool by_filter = false;    // of content: a milter, or a proxy behind

  bool is_temporary() const { return code != 0 ? code < 500 : status.starts_with('4'); }
  bool is_of_content() const {
    return stage == "END-OF-MESSAGE" || stage == "DATA" || stage == "BDAT";
  }
};

// "5.1.1 " where it is there.
std::string_view take_status(LogCursor& line) {
  auto ahead = line;
  const auto status = ahead.take_letters([](char c) { return is_digit(c) || c == '.'; });
  if (std::count(status.begin(), status.end(), '.') != 2 || !ahead.take(" ")) return {};
  line = ahead;
  return status;
}

// Before Postfix 2.3 only the words tell that there is no such recipient.
bool says_unknown_user(const Refusal& refusal) {
  constexpr std::string_view kRejected = "Recipient address rejected: ";
  if (!refusal.has_subject || !refusal.words.starts_with(kRejected)) return false;
  return refusal.words.substr(kRejected.size()).starts_with("User unknown");
}

// Words of greylists, whatever they are called: who comes again is welcome.
bool says_greylist(std::string_view words) {
  constexpr std::array<std::string_view, 8> kWords = {
      "greylist",   "graylist",        "grey-list", "grey list",
      "greylisted", "try again later", "postgrey",  "service currently unavailable"};
  // What Postfix says itself where a milter fails.
  if (words.starts_with("Service unavailable - try again later")) return false;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return contains_ignoring_case(words, word); });
}

// What is the server's own trouble, or nobody's fault.
bool is_trouble(const Refusal& refusal) {
  constexpr std::array<std::string_view, 8> kWords = {
      "server configuration", "temporary lookup failure", "temporarily unavailable",
      "unverified address",   "verification in progress", "queue file write error",
      "insufficient system",  "too many recipients"};
  constexpr std::array<std::string_view, 5> kStatuses = {"4.2.", "4.3.", "4.4.", "5.2.2", "5.3.4"};
  if (std::any_of(kStatuses.begin(), kStatuses.end(),
                  [&](std::string_view status) { return refusal.status.starts_with(status); }))
    return true;
  if (!refusal.is_temporary()) return false;
  return refusal.code == 421 || std::any_of(kWords.begin(), kWords.end(), [&](auto word) {
           return contains_ignoring_case(refusal.words, word);
         });
}

// By Postfix's own words at the beginning of its reason.
std::optional<Kind> kind_by_words(std::string_view words) {
  struct Row {
    std::string_view begin;
    Kind kind;
  };
  constexpr std::array<Row, 9> kRows = {{
      {"Recipient address rejected", Kind::refused_recipient},
      {"Relay access denied", Kind::refused_relay},
      {"Client host rejected", Kind::refused_client},
      {"Helo command rejected", Kind::refused_helo},
      {"Sender address rejected", Kind::refused_sender},
      {"Relaying denied", Kind::refused_relay},
      {"Error: too many", Kind::blocked},
      {"Error: too much", Kind::blocked},
      {"too many connections", Kind::blocked},
  }};
  if (words.starts_with("Service unavailable;") &&
      words.find(" blocked using ") != std::string_view::npos)
    return Kind::refused_listed;
  for (const auto& row : kRows) {
    if (words.starts_with(row.begin)) return row.kind;
  }
  return std::nullopt;
}

Kind kind_of(const Refusal& refusal) {
  const auto& [code, status, stage, words, has_subject, by_filter] = refusal;
  const bool at_recipient = stage == "RCPT";
  if (refusal.is_temporary()) {
    if (says_greylist(words)) return Kind::greylisted;
    if (is_trouble(refusal)) return Kind::deferred;
    if (at_recipient && says_unknown_user(refusal)) return Kind::unknown_user;
    return kind_by_words(words).value_or(Kind::deferred);
  }
  if (code == 503 || status == "5.5.0" || status == "5.5.1") return Kind::bad_command;
  if (at_recipient && means_unknown_user(code, status) &&
      (!status.empty() || says_unknown_user(refusal)))
    return Kind::unknown_user;
  if (is_trouble(refusal)) return Kind::deferred;
  if (const auto kind = kind_by_words(words)) return *kind;
  if (refusal.is_of_content()) return Kind::refused_content;
  if (stage == "CONNECT" && !by_filter) return Kind::refused_client;
  return Kind::refused;
}

// "; from=<a@b> to=<c@d> proto=ESMTP helo=<e>", from postscreen with commas.
void read_envelope(LogCursor line, LogEvent& event) {
  if (line.take("from=<")) event.sender = line.take_until(">");
  line.take(",");
  line.take(" ");
  if (line.take("to=<")) event.recipient = line.take_until(">").value_or("");
  if (line.take_until(" helo=<", 256)) event.helo = line.take_until(">").value_or("");
}

// Behind the client: "550 5.1.1 <b@example.org>: Recipient address rejected: User unknown; …".
void read_reason(LogCursor line, Refusal refusal, LogEvent& event) {
  auto ahead = line;
  const auto code = ahead.take_number();
  if (code && *code >= 400 && *code <= 599 && ahead.take(" ")) {
    refusal.code = *code;
    line = ahead;
  }
  refusal.status = take_status(line);
  const auto from = line.rest();
  const auto envelope = from.find("; from=<");
  const auto other = envelope == std::string_view::npos ? from.find("; to=<") : envelope;
  if (other != std::string_view::npos) read_envelope(LogCursor(from.substr(other + 2)), event);
  if (refusal.code == 0 && refusal.status.empty()) return;
  LogCursor words(from.substr(0, other));
  if (words.take("<")) {
    refusal.has_subject = words.take_until(">: ").has_value();
  } else {
    words.take(": ");
  }
  refusal.words = words.rest();
  event.kind = kind_of(refusal);
  event.temporary = refusal.is_temporary();
}

// The header's or body's line is the client's, and stands before Postfix's own word for the client:
// " from mx[192.0.2.1]; from=<a@b>", or " from local; from=<a>". Once in the line it is Postfix's.
std::optional<LogCursor::Host> client_behind(std::string_view text) {
  constexpr std::string_view kSender = "; from=<";
  constexpr std::string_view kFrom = " from ";
  const auto end = text.find(kSender);
  if (end == std::string_view::npos || text.find(kSender, end + 1) != std::string_view::npos)
    return {};
  const auto before = text.substr(0, end);
  const auto from = before.rfind(kFrom);
  if (from == std::string_view::npos) return {};
  LogCursor line(before.substr(from + kFrom.size()));
  const auto host = line.take_host();
  return line.at_end() ? host : std::nullopt;
}

bool is_of_text(LogCursor line) {
  constexpr std::array<std::string_view, 4> kParts = {"header ", "body ", "mime-header ",
                                                      "nested-header "};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return line.take(part); });
}

bool is_action(std::string_view verb) {
  constexpr std::array<std::string_view, 18> kActions = {
      "reject", "reject_warning",  "warn",   "warning", "hold",  "discard",
      "filter", "redirect",        "permit", "prepend", "info",  "replace",
      "strip",  "header-redirect", "bcc",    "delay",   "defer", "accept"};
  if (verb.starts_with("milter-") || verb.starts_with("proxy-")) return true;
  return std::find(kActions.begin(), kActions.end(), verb) != kActions.end();
}

}  // namespace

std::optional<std::string_view> take_postfix_queue_id(LogCursor& line) {
  auto ahead = line;
  const auto id = ahead.take_letters(is_queue_id_letter);
  if (id.empty() || id.size() > kQueueIdLengthMax || !ahead.take(": ")) return {};
  line = ahead;
  return id == "NOQUEUE" ? std::string_view{} : id;
}

std::optional<LogEvent> read_postfix_action(LogCursor line, std::string_view queue_id) {
  const auto verb = line.take_letters(is_verb_letter);
  if (!line.take(": ") || !is_action(verb)) return {};
  const bool is_refusal = verb == "reject" || verb == "milter-reject" || verb == "proxy-reject";
  LogEvent event;
  event.kind = is_refusal ? Kind::refused_content : Kind::other;
  event.transaction = queue_id;
  if (is_of_text(line)) {
    if (const auto host = client_behind(line.rest())) {
      event.client = host->address;
      event.host_name = host->name;
    }
    return event;
  }
  Refusal refusal;
  refusal.by_filter = verb != "reject";
  const auto stage = line.take_letters(is_stage_letter);
  // A stage ends where Postfix says whom it is from, or says nothing of that (proxies of old).
  refusal.stage = trim(stage);
  if (refusal.stage.empty() || stage.size() > kStageLengthMax) return {};
  if (line.take("from ")) {
    const auto host = line.take_host();
    if (!host || !line.take(": ")) return {};
    event.client = host->address;
    event.host_name = host->name;
  } else if (!line.take(": ")) {
    return {};
  }
  if (!is_refusal) return event;
  event.kind = Kind::deferred;
  read_reason(line, refusal, event);
  event.beside_others = event.kind == Kind::unknown_user && !queue_id.empty();
  return event;
}

}  // namespace gatepost
