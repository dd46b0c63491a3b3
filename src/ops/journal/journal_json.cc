// Implements ops/journal/journal_json.h.
#include "ops/journal/journal_json.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ops/journal/address_privacy.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using Addresses = JournalSettings::Addresses;

constexpr std::string_view kSubmission = "submission";

json::array addresses_json(const std::vector<std::string>& list, Addresses addresses) {
  json::array array;
  for (const auto& address : list) array.emplace_back(shown_address(address, addresses));
  return array;
}

// Who it was and what it asked for; the same keys in a session and in a verdict.
void add_envelope(json::object& object, const SessionFacts& facts, Addresses addresses) {
  if (!facts.helo.empty()) object["helo"] = facts.helo;
  // An empty mailbox without recipients: there was no transaction.
  if (!facts.sender.is_null() || !facts.recipients.empty()) {
    object["sender"] = shown_address(facts.sender.to_string(), addresses);
  }
  object["recipients"] = addresses_json(facts.recipients, addresses);
}

void add_verdict(json::object& object, const Verdict& verdict, Addresses addresses) {
  object["verdict"] = to_string(verdict.action);
  if (verdict.observed) object["observed"] = true;
  object["points"] = verdict.points;
  object["findings"] = findings_json(verdict.findings, addresses);
}

// Takes members out of an object and remembers the first that is not of its kind.
class MemberReader {
 public:
  explicit MemberReader(const json::object& object) : object_(object) {}

  void read(std::string_view key, std::string& text) {
    if (const auto* value = present(key)) {
      if (!value->is_string()) return fail(key, "a text");
      text.assign(value->get_string().data(), value->get_string().size());
    }
  }

  void read(std::string_view key, bool& flag) {
    if (const auto* value = present(key)) {
      if (!value->is_bool()) return fail(key, "true or false");
      flag = value->get_bool();
    }
  }

  template <typename Integer>
    requires std::is_integral_v<Integer>
  void read(std::string_view key, Integer& number) {
    if (const auto* value = present(key)) {
      json::error_code problem;
      number = value->to_number<Integer>(problem);
      if (problem) fail(key, "a whole number");
    }
  }

  void read(std::string_view key, std::vector<std::string>& texts) {
    const auto* value = present(key);
    if (!value) return;
    if (!value->is_array()) return fail(key, "a list of texts");
    for (const auto& element : value->get_array()) {
      if (!element.is_string()) return fail(key, "a list of texts");
      texts.emplace_back(element.get_string().data(), element.get_string().size());
    }
  }

  void read_seconds(std::string_view key, Duration& duration) {
    const auto* value = present(key);
    if (!value) return;
    const auto seconds = value->is_number() ? value->to_number<double>() : -1;
    if (!(seconds >= 0 && seconds < 1e12)) return fail(key, "seconds");
    duration = Duration(std::llround(seconds * 1000));
  }

  // A word of an enumeration that runs from `first` to `last`.
  template <typename Enum>
  void read_word(std::string_view key, Enum first, Enum last, Enum& result) {
    std::string word;
    read(key, word);
    if (word.empty()) return;
    for (auto i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
      if (to_string(static_cast<Enum>(i)) != word) continue;
      result = static_cast<Enum>(i);
      return;
    }
    fail(key, "a word that is known here");
  }

  void fail(std::string_view key, std::string_view expected) {
    if (problem_.empty()) problem_ = fmt::format("{}: expected {}", key, expected);
  }
  const std::string& problem() const { return problem_; }

 private:
  const json::value* present(std::string_view key) const {
    const auto* value = member(object_, key);
    return value && value->is_null() ? nullptr : value;
  }

  const json::object& object_;
  std::string problem_;
};

Mailbox mailbox_of(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return Mailbox{text, {}};
  return Mailbox{text.substr(0, at), text.substr(at + 1)};
}

void read_findings(const json::object& line, MemberReader& reader, std::vector<Finding>& findings) {
  for (const auto& element : array_member(line, "findings")) {
    if (!element.is_object()) return reader.fail("findings", "a list of objects");
    MemberReader one(element.get_object());
    Finding finding;
    one.read_word("check", CheckName::pregreet, CheckName::operator_, finding.check);
    one.read_word("class", EvidenceClass::protocol, EvidenceClass::conduct, finding.evidence_class);
    one.read_word("action", Treatment::off, Treatment::firewall, finding.treatment);
    one.read("points", finding.points);
    one.read("detail", finding.detail);
    if (!one.problem().empty()) reader.fail("findings", one.problem());
    findings.push_back(std::move(finding));
  }
}

void read_facts(MemberReader& reader, SessionFacts& facts) {
  std::string text;
  reader.read("client", text);
  if (const auto address = Address::parse(text)) {
    facts.client.address = *address;
  } else {
    reader.fail("client", "an address");
  }
  reader.read("id", facts.id);
  reader.read("door", facts.door);
  reader.read("visits", facts.visits);
  std::string purpose;
  reader.read("purpose", purpose);
  if (purpose == kSubmission) facts.purpose = Purpose::submission;
  Duration since_1970{-1};
  reader.read_seconds("time", since_1970);
  if (since_1970 < Duration::zero()) reader.fail("time", "seconds since 1970");
  facts.began = WallTime(since_1970);
  reader.read("helo", facts.helo);
  reader.read("pregreet", facts.pregreet);
  reader.read("early", facts.early_bytes);
  reader.read_seconds("early_after", facts.early_after);
  reader.read_seconds("greet_waited", facts.greet_waited);
  reader.read("tls", facts.tls);
  std::string login;
  reader.read("auth", login);
  if (!login.empty()) facts.authenticated = login;
  std::string sender;
  reader.read("sender", sender);
  facts.sender = mailbox_of(sender);
  reader.read("recipients", facts.recipients);
  reader.read("traps", facts.traps);
  reader.read("recipients_tried", facts.recipients_tried);
  reader.read("unknown_recipients", facts.unknown_recipients);
  reader.read("passwords_tried", facts.passwords_tried);
  reader.read("passwords_failed", facts.passwords_failed);
  reader.read("tried", facts.tried);
  reader.read("errors", facts.errors);
  reader.read("messages", facts.messages);
  reader.read("bytes", facts.bytes);
}

}  // namespace

json::array findings_json(const std::vector<Finding>& findings, Addresses addresses) {
  json::array array;
  for (const auto& finding : findings) {
    json::object object;
    object["check"] = to_string(finding.check);
    object["class"] = to_string(finding.evidence_class);
    object["action"] = to_string(finding.treatment);
    object["points"] = finding.points;
    object["detail"] = shown_text(finding.detail, addresses);
    array.push_back(std::move(object));
  }
  return array;
}

std::string session_json(const SessionSummary& summary, Addresses addresses) {
  const auto& facts = summary.facts;
  json::object line;
  line["time"] = json_seconds(facts.began);
  line["id"] = facts.id;
  line["client"] = facts.client.address.to_string();
  line["door"] = facts.door;
  if (facts.visits != 1) line["visits"] = facts.visits;
  if (facts.purpose == Purpose::submission) line["purpose"] = kSubmission;
  line["pregreet"] = facts.pregreet;
  if (facts.pregreet) {
    line["early"] = shown_text(facts.early_bytes, addresses);
    line["early_after"] = json_seconds(facts.early_after);
  }
  line["greet_waited"] = static_cast<double>(facts.greet_waited.count()) / 1000.0;
  line["tls"] = facts.tls;
  line["auth"] = facts.authenticated ? json::value(shown_address(*facts.authenticated, addresses))
                                     : json::value(nullptr);
  add_envelope(line, facts, addresses);
  line["recipients_tried"] = facts.recipients_tried;
  line["unknown_recipients"] = facts.unknown_recipients;
  line["traps"] = addresses_json(facts.traps, addresses);
  if (facts.passwords_tried > 0) {
    line["passwords_tried"] = facts.passwords_tried;
    line["passwords_failed"] = facts.passwords_failed;
  }
  line["tried"] = facts.tried;
  line["errors"] = facts.errors;
  line["messages"] = facts.messages;
  line["bytes"] = facts.bytes;
  line["ended"] = json_seconds(summary.ended);
  line["closed"] = summary.closed_by;
  if (!summary.verdict.id.empty()) line["verdict_id"] = summary.verdict.id;
  add_verdict(line, summary.verdict, addresses);
  return json_text(line);
}

std::string verdict_json(const Verdict& verdict, const SessionFacts& facts, WallTime at,
                         Addresses addresses) {
  json::object line;
  line["id"] = verdict.id;
  line["time"] = json_seconds(at);
  line["client"] = facts.client.address.to_string();
  line["session"] = facts.id;
  line["door"] = facts.door;
  add_envelope(line, facts, addresses);
  add_verdict(line, verdict, addresses);
  return json_text(line);
}

Result<SessionSummary> parse_session(std::string_view line) {
  const auto value = parse_json(line);
  if (!value) return Error{value.error()};
  if (!value->is_object()) return Error{"expected an object"};
  MemberReader reader(value->get_object());
  SessionSummary summary;
  read_facts(reader, summary.facts);
  Duration ended{};
  reader.read_seconds("ended", ended);
  summary.ended = WallTime(ended);
  reader.read("closed", summary.closed_by);
  auto& verdict = summary.verdict;
  reader.read("verdict_id", verdict.id);
  reader.read_word("verdict", Action::accept, Action::drop, verdict.action);
  reader.read("observed", verdict.observed);
  reader.read("points", verdict.points);
  read_findings(value->get_object(), reader, verdict.findings);
  if (!reader.problem().empty()) return Error{reader.problem()};
  return summary;
}

}  // namespace gatepost
