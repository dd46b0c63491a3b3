// Implements ops/journal/journal_json.h.
#include "ops/journal/journal_json.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/text.h"
#include "ops/journal/address_privacy.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;
using Addresses = JournalSettings::Addresses;

constexpr std::string_view kSubmission = "submission";

void add_addresses(JsonWriter& line, std::string_view key, const std::vector<std::string>& list,
                   Addresses addresses) {
  line.array(key);
  for (const auto& address : list) {
    addresses == Addresses::full ? line.element(address)
                                 : line.element(shown_address(address, addresses));
  }
  line.end_array();
}

// `rdns` is absent where nobody asked, null where there is no name; `rdns_confirmed` is absent
// where it is not known whether the name leads back.
void add_name(JsonWriter& line, const ClientName& name) {
  using Outcome = ClientName::Outcome;
  if (name.name.empty()) {
    if (name.outcome == Outcome::none) line.member("rdns", nullptr);
    return;
  }
  line.member("rdns", name.name);
  if (name.outcome == Outcome::confirmed) line.member("rdns_confirmed", true);
  if (name.outcome == Outcome::mismatch) line.member("rdns_confirmed", false);
}

// Who it was and what it asked for; the same keys in a session and in a verdict.
void add_envelope(JsonWriter& line, const SessionFacts& facts, Addresses addresses) {
  add_name(line, facts.name);
  if (!facts.helo.empty()) line.member("helo", facts.helo);
  // An empty mailbox without recipients: there was no transaction.
  if (!facts.sender.is_null() || !facts.recipients.empty()) {
    line.member("sender", shown_address(facts.sender.to_string(), addresses));
  }
  add_addresses(line, "recipients", facts.recipients, addresses);
}

// Takes members as JsonWriter does.
struct ObjectMembers {
  json::object object = {};
  template <typename Value>
  void member(std::string_view key, const Value& value) {
    object[key] = value;
  }
};

// Into a line or an object.
template <typename Members>
void add_finding(Members& members, const Finding& finding, Addresses addresses) {
  members.member("check", to_string(finding.check));
  members.member("class", to_string(finding.evidence_class));
  members.member("action", to_string(finding.treatment));
  members.member("points", finding.points);
  members.member("detail", shown_text(finding.detail, addresses));
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

  void read(std::string_view key, std::optional<bool>& flag) {
    if (!present(key)) return;
    flag = false;
    read(key, *flag);
  }

  // Be it null.
  bool holds(std::string_view key) const { return member(object_, key) != nullptr; }

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

// In the form that is compared: lower case, without its last dot.
ClientName read_name(MemberReader& reader) {
  using Outcome = ClientName::Outcome;
  std::string text;
  std::optional<bool> leads_back;
  reader.read("rdns", text);
  reader.read("rdns_confirmed", leads_back);
  if (text.empty()) return {reader.holds("rdns") ? Outcome::none : Outcome::unknown, {}};
  ClientName name{Outcome::unknown, to_lower(text)};
  if (name.name.ends_with('.') && !name.name.ends_with("..")) name.name.pop_back();
  if (leads_back) name.outcome = *leads_back ? Outcome::confirmed : Outcome::mismatch;
  return name;
}

// Without `time` in it, it began at `when_silent`.
void read_facts(MemberReader& reader, std::optional<WallTime> when_silent, SessionFacts& facts) {
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
  if (since_1970 >= Duration::zero()) {
    facts.began = WallTime(since_1970);
  } else if (when_silent) {
    facts.began = *when_silent;
  } else {
    reader.fail("time", "seconds since 1970");
  }
  facts.name = read_name(reader);
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
    ObjectMembers members;
    add_finding(members, finding, addresses);
    array.push_back(std::move(members.object));
  }
  return array;
}

void add_verdict(JsonWriter& line, const Verdict& verdict, Addresses addresses) {
  line.member("verdict", to_string(verdict.action));
  if (verdict.observed) line.member("observed", true);
  line.member("points", verdict.points);
  line.array("findings");
  for (const auto& finding : verdict.findings) {
    line.object();
    add_finding(line, finding, addresses);
    line.end_object();
  }
  line.end_array();
}

std::string session_json(const SessionSummary& summary, Addresses addresses) {
  const auto& facts = summary.facts;
  JsonWriter line;
  line.member("time", facts.began);
  line.member("id", facts.id);
  line.member("client", facts.client.address.to_string());
  line.member("door", facts.door);
  if (facts.visits != 1) line.member("visits", facts.visits);
  if (facts.purpose == Purpose::submission) line.member("purpose", kSubmission);
  // What a log does not tell is absent.
  const bool came_to_us = facts.door != "follow";
  if (came_to_us || facts.pregreet) line.member("pregreet", facts.pregreet);
  if (facts.pregreet) {
    line.member("early", shown_text(facts.early_bytes, addresses));
    line.member("early_after", facts.early_after);
  }
  if (came_to_us) {
    line.member("greet_waited", static_cast<double>(facts.greet_waited.count()) / 1000.0);
    line.member("tls", facts.tls);
  }
  if (facts.authenticated) {
    line.member("auth", shown_address(*facts.authenticated, addresses));
  } else {
    line.member("auth", nullptr);
  }
  add_envelope(line, facts, addresses);
  line.member("recipients_tried", facts.recipients_tried);
  line.member("unknown_recipients", facts.unknown_recipients);
  add_addresses(line, "traps", facts.traps, addresses);
  if (facts.passwords_tried > 0) {
    line.member("passwords_tried", facts.passwords_tried);
    line.member("passwords_failed", facts.passwords_failed);
  }
  line.member("tried", facts.tried);
  line.member("errors", facts.errors);
  line.member("messages", facts.messages);
  line.member("bytes", facts.bytes);
  line.member("ended", summary.ended);
  line.member("closed", summary.closed_by);
  if (!summary.verdict.id.empty()) line.member("verdict_id", summary.verdict.id);
  add_verdict(line, summary.verdict, addresses);
  return line.take();
}

std::string labelled_line(std::string line, std::string_view label, std::string_view label_from) {
  assert(line.ends_with('}'));
  line.pop_back();
  line += fmt::format(R"(, "label": "{}")", label);
  if (!label_from.empty())
    line += fmt::format(R"(, "label_from": {})", json_text(json::value(label_from)));
  return line + '}';
}

std::string verdict_json(const Verdict& verdict, const SessionFacts& facts, WallTime at,
                         Addresses addresses) {
  JsonWriter line;
  line.member("id", verdict.id);
  line.member("time", at);
  line.member("client", facts.client.address.to_string());
  line.member("session", facts.id);
  line.member("door", facts.door);
  add_envelope(line, facts, addresses);
  add_verdict(line, verdict, addresses);
  return line.take();
}

namespace {

Result<SessionSummary> session_of(const json::object& line) {
  MemberReader reader(line);
  SessionSummary summary;
  read_facts(reader, std::nullopt, summary.facts);
  Duration ended{};
  reader.read_seconds("ended", ended);
  summary.ended = WallTime(ended);
  reader.read("closed", summary.closed_by);
  auto& verdict = summary.verdict;
  reader.read("verdict_id", verdict.id);
  reader.read_word("verdict", Action::accept, Action::drop, verdict.action);
  reader.read("observed", verdict.observed);
  reader.read("points", verdict.points);
  read_findings(line, reader, verdict.findings);
  if (!reader.problem().empty()) return Error{reader.problem()};
  return summary;
}

Result<json::object> object_in(std::string_view line) {
  auto value = parse_json(line);
  if (!value) return Error{value.error()};
  if (!value->is_object()) return Error{"expected an object"};
  return std::move(value->get_object());
}

}  // namespace

Result<SessionSummary> parse_session(std::string_view line) {
  const auto object = object_in(line);
  if (!object) return Error{object.error()};
  return session_of(*object);
}

Result<RecordedSession> parse_recorded_session(std::string_view line) {
  const auto object = object_in(line);
  if (!object) return Error{object.error()};
  auto summary = session_of(*object);
  if (!summary) return Error{summary.error()};
  RecordedSession session;
  session.summary = *std::move(summary);
  const auto label = text_member(*object, "label");
  session.missed = label == "missed_spam";
  session.label = session.missed ? MailWord::spam : parse_mail_word(label);
  session.tells_pregreet = object->contains("pregreet");
  if (!label.empty() && !session.label) return Error{"label: expected ham, spam or missed_spam"};
  if (!object->contains("messages") && !object->contains("verdict"))
    session.summary.facts.messages = 1;
  return session;
}

Result<SessionFacts> described_session(const json::object& line, WallTime now) {
  MemberReader reader(line);
  SessionFacts facts;
  read_facts(reader, now, facts);
  if (!reader.problem().empty()) return Error{reader.problem()};
  return facts;
}

}  // namespace gatepost
