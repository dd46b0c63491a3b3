// Implements ops/log/log_lines.h.
#include "ops/log/log_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "ops/journal/address_privacy.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

// In quotes; a quote inside gets a backslash. `text` is printable already.
std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string quoted(std::string_view outside_text) { return in_quotes(escape(outside_text)); }

// Without blanks and the signs that part keys and values.
std::string one_word(std::string_view outside_text) {
  std::string safe;
  for (const char c : escape(outside_text)) {
    if (std::string_view(" <>\"=").find(c) != std::string_view::npos) {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      safe += c;
    }
  }
  return safe;
}

// In angle brackets, whatever a quoted local part holds.
std::string bracketed(const Mailbox& mailbox, Addresses addresses) {
  return '<' + one_word(shown_address(mailbox.to_string(), addresses)) + '>';
}

// To a tenth: "6s", "2.3s".
std::string seconds(Duration duration) {
  const auto tenths = (duration.count() + 50) / 100;
  if (tenths % 10 == 0) return fmt::format("{}s", tenths / 10);
  return fmt::format("{}.{}s", tenths / 10, tenths % 10);
}

std::string word_or_dash(std::string_view word) { return word.empty() ? "-" : one_word(word); }

std::string_view yes_or_no(bool flag) { return flag ? "yes" : "no"; }

// Those that made the verdict, the severest first; those only noted where there are no others.
std::vector<const Finding*> deciding(const Verdict& verdict) {
  std::vector<const Finding*> findings;
  for (const auto& finding : verdict.findings) {
    if (finding.treatment > Treatment::note) findings.push_back(&finding);
  }
  if (findings.empty()) {
    for (const auto& finding : verdict.findings) findings.push_back(&finding);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding* a, const Finding* b) { return a->treatment > b->treatment; });
  return findings;
}

}  // namespace

std::string session_line(const SessionSummary& summary, Addresses addresses) {
  const auto& facts = summary.facts;
  const auto& verdict = summary.verdict;
  const auto login = facts.authenticated ? shown_address(*facts.authenticated, addresses) : "";
  auto line = fmt::format(
      "session id={} client={} door={} waited={} lasted={} tls={} login={} helo={} from={} "
      "recipients={} unknown={} traps={} messages={} bytes={} errors={} tried={} verdict={} "
      "verdict_id={} closed={}",
      word_or_dash(facts.id), facts.client.address.to_string(), word_or_dash(facts.door),
      seconds(facts.greet_waited), seconds(std::max(summary.ended - facts.began, Duration::zero())),
      yes_or_no(facts.tls), quoted(login), quoted(facts.helo), bracketed(facts.sender, addresses),
      facts.recipients.size(), facts.unknown_recipients, facts.traps.size(), facts.messages,
      facts.bytes, facts.errors, facts.tried, to_string(verdict.action), word_or_dash(verdict.id),
      word_or_dash(summary.closed_by));
  if (facts.visits != 1) line += fmt::format(" visits={}", facts.visits);
  if (verdict.observed) line += " observed=yes";
  if (facts.pregreet) line += " early=" + quoted(shown_text(facts.early_bytes, addresses));
  if (facts.passwords_tried > 0) {
    line += fmt::format(" passwords={} wrong={}", facts.passwords_tried, facts.passwords_failed);
  }
  return line;
}

std::string verdict_line(const Verdict& verdict, const SessionFacts& facts, Addresses addresses) {
  std::string checks;
  std::string details;
  for (const auto* finding : deciding(verdict)) {
    if (!checks.empty()) checks += ',';
    checks += to_string(finding->check);
    if (!details.empty()) details += "; ";
    details += shown_text(finding->detail, addresses);
  }
  auto line = fmt::format(
      "verdict id={} action={} check={} client={} session={} door={} from={} points={} detail={}",
      word_or_dash(verdict.id), to_string(verdict.action), word_or_dash(checks),
      facts.client.address.to_string(), word_or_dash(facts.id), word_or_dash(facts.door),
      bracketed(facts.sender, addresses), verdict.points, in_quotes(printable(details)));
  if (verdict.observed) line += " observed=yes";
  return line;
}

std::string sentence_line(const ClientKey& client, const Sentence& sentence, bool observed) {
  auto line = fmt::format("sentence client={} for={} strikes={} reason={} verdict_id={}",
                          client.to_string(), to_string(sentence.length), sentence.strikes,
                          to_string(sentence.reason), word_or_dash(sentence.verdict_id));
  if (observed) line += " observed=yes";
  return line;
}

std::string alarm_line(std::string_view word, std::string_view text, std::uint64_t again) {
  auto line = fmt::format("alarm word={} text={}", word_or_dash(word), in_quotes(printable(text)));
  if (again > 1) line += fmt::format(" again={}", again);
  return line;
}

std::string operator_line(std::string_view action, std::string_view target,
                          std::string_view remark) {
  return fmt::format("operator action={} target={} remark={}", word_or_dash(action),
                     word_or_dash(target), quoted(remark));
}

std::string start_line(const Settings& settings, std::string_view version) {
  std::string doors;
  for (const auto& door : settings.smtp) {
    for (const auto& endpoint : door.listen) {
      if (!doors.empty()) doors += ',';
      doors += endpoint.to_string();
    }
  }
  return fmt::format("start version={} mode={} hostname={} smtp={} state={} control={}", version,
                     settings.mode == Mode::observe ? "observe" : "enforce",
                     word_or_dash(settings.hostname), word_or_dash(doors), quoted(settings.state),
                     quoted(settings.control));
}

std::string stop_line(std::string_view reason) {
  return fmt::format("stop reason={}", quoted(reason));
}

std::string reload_line(const Status& outcome) {
  if (outcome.ok()) return "reload result=done";
  return fmt::format("reload result=refused text={}", in_quotes(printable(outcome.error())));
}

}  // namespace gatepost
