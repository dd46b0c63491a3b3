// Implements ops/control/by_hand.h.
#include "ops/control/by_hand.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <optional>

#include "base/text.h"
#include "gate/repute.h"
#include "ops/control/client_story.h"
#include "ops/control/client_view.h"
#include "ops/control/excepted_text.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"
#include "ops/log/log_lines.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kRemarkLengthMax = 200;  // as a record keeps it

Response no_address(const Call& call) {
  return problem(400, fmt::format("{}: expected an address", escape(call.argument)));
}

Result<std::string> remark_of(const Call& call) {
  auto remark = text_member(call.body, "reason");
  if (remark.size() <= kRemarkLengthMax) return remark;
  return Error{fmt::format("reason: expected at most {} bytes", kRemarkLengthMax)};
}

}  // namespace

std::string protection_of(const Call& call, const Address& address) {
  auto exception = exception_of(call.settings, call.ledger(), address);
  if (!exception) {
    const auto sessions = last_sessions(call.ledger(), ClientKey(address));
    exception = exception_of(call.settings, call.ledger(), last_name(sessions));
  }
  if (exception) {
    if (exception->source == "trusted") return "it is in `trusted`";
    return fmt::format("it is excepted by {}; `gatepost except remove` first",
                       to_string(exception->whom));
  }
  if (is_own_address(call.settings, address)) return "it is an address of this host";
  return {};
}

std::string own_verdict_id(std::string_view prefix, const ClientKey& client, WallTime now) {
  auto mixed = static_cast<std::uint64_t>(std::hash<ClientKey>{}(client));
  mixed ^= static_cast<std::uint64_t>(epoch_milliseconds(now)) * 0x9e3779b97f4a7c15u;
  return fmt::format("{}{:016x}", prefix, mixed);
}

namespace {

// Whether it is the operator's own, by what their side of the connection says.
Result<bool> is_own_login(const Call& call, const ClientKey& client) {
  const auto text = text_member(call.body, "login");
  if (text.empty()) return false;
  const auto login = Address::parse(text);
  if (!login) return Error{"login: expected the address that you are logged in from"};
  return ClientKey(*login) == client;
}

Sentence sentence_by_hand(const Call& call, const ClientKey& client,
                          std::optional<Duration> length) {
  const auto record = call.ledger().lookup(client);
  // A person's judgement stands for a second view of the client: a long sentence is answered for
  // good, so that the sender learns of it before its mail is too old.
  constexpr int kClasses = 2;
  auto sentence = next_sentence(call.settings.jail, record.sentence, CheckName::operator_, kClasses,
                                own_verdict_id("op", client, call.now), call.now);
  if (length) {
    sentence.length = *length;
    sentence.until = sentence.from + *length;
  }
  return sentence;
}

void keep_sentence(const Call& call, const Address& address, const Sentence& sentence,
                   const std::string& remark) {
  const ClientKey client(address);
  Verdict verdict;
  verdict.action = Action::jail;
  verdict.id = sentence.verdict_id;
  verdict.findings.push_back(
      Finding{CheckName::operator_, EvidenceClass::reputation, Treatment::jail, 0,
              remark.empty() ? "banned by hand" : "banned by hand: " + escape(remark)});
  SessionFacts facts;
  facts.door = "control";
  facts.client.address = address;
  call.ledger().add_verdict(
      VerdictRow{verdict.id, client, call.now,
                 verdict_json(verdict, facts, call.now, call.settings.journal.addresses)});
  Observation observation;
  observation.kind = ObservationKind::sentenced;
  observation.of = client;
  observation.at = call.now;
  observation.sentence = sentence;
  observation.note = remark;
  call.ledger().observe(observation);
  if (call.settings.mode == Mode::observe) {
    // There only an observed sentence counts; the binding one waits for mode enforce.
    observation.observed = true;
    call.ledger().observe(observation);
  }
  call.ledger().flush();
  call.log("ban", client.to_string(), remark);
  if (call.parts.log) call.parts.log(LogLevel::info, sentence_line(client, sentence, false));
}

// The banned network for which it is refused, whatever its own sentence is; "": there is none.
std::string banned_network_around(const Call& call, const Address& address) {
  const auto ban = call.ledger().network_ban_for(address, call.now);
  return ban && protection_of(call, address).empty() ? ban->network.to_string() : "";
}

std::string still_banned(const std::string& network, const Address& address) {
  return fmt::format(
      "it is still in {}, which is banned: `gatepost except add {}` or `gatepost release {}`",
      network, address.to_string(), network);
}

// What an operator says of a client that is known: it is released, or kept as it is.
Response tell_record(const Call& call, ObservationKind kind) {
  const auto address = parse_client(call.argument);
  if (!address) return no_address(call);
  const auto remark = remark_of(call);
  if (!remark) return problem(400, remark.error());
  const ClientKey client(*address);
  const auto record = call.ledger().lookup(client);
  const bool released = kind == ObservationKind::released;
  const auto still_in = released ? banned_network_around(call, *address) : "";
  if (!record.known()) {
    return problem(
        404, fmt::format("nothing is known of {}{}", client.to_string(),
                         still_in.empty() ? "" : ", but " + still_banned(still_in, *address)));
  }
  Observation observation{kind, client, call.now};
  observation.note = *remark;
  call.ledger().observe(observation);
  call.ledger().flush();
  call.log(released ? "release" : "keep", client.to_string(), *remark);
  auto story = client_story(call, *address);
  if (released) {
    story["was_jailed"] =
        record.sentence.serving(call.now) || record.observed_sentence.serving(call.now);
    if (!still_in.empty()) {
      story["still_in"] = still_in;
      story["advice"] = still_banned(still_in, *address);
    }
  }
  return json_response(story);
}

// Whom a request about an exception names, in its body or, for DELETE, in the query.
Result<Excepted> whom_of(const Call& call) {
  std::optional<Result<Excepted>> whom;
  for (const std::string kind : {"network", "domain", "recipient"}) {
    auto text = text_member(call.body, kind);
    if (text.empty()) text = std::string(call.query_value(kind));
    if (text.empty()) continue;
    if (whom) return Error{"expected one of network, domain and recipient, not several"};
    whom = parse_excepted(kind, text);
  }
  if (whom) return *std::move(whom);
  return Error{"expected a network, a domain or a recipient"};
}

std::string place_in_settings(const FoundException& exception) {
  if (exception.source == "trusted") return "trusted";
  return fmt::format("exceptions.{}s", kind_of(exception.whom));
}

}  // namespace

Response ban_address(const Call& call) {
  const auto address = parse_client(call.argument);
  if (!address) return no_address(call);
  const auto remark = remark_of(call);
  if (!remark) return problem(400, remark.error());
  std::optional<Duration> length;
  if (const auto text = text_member(call.body, "for"); !text.empty()) {
    const auto parsed = parse_duration(text);
    if (!parsed) return problem(400, "for: " + parsed.error());
    if (*parsed == Duration::zero()) return problem(400, "for: expected more than nothing");
    length = *parsed;
  }
  const ClientKey client(*address);
  if (const auto protection = protection_of(call, *address); !protection.empty()) {
    return problem(409, fmt::format("{} is not jailed: {}", client.to_string(), protection));
  }
  const auto own_login = is_own_login(call, client);
  if (!own_login) return problem(400, own_login.error());
  if (*own_login && !flag_member(call.body, "force")) {
    return problem(409,
                   fmt::format("{} is not jailed: you are logged in from there, and your own mail "
                               "would be refused. Ban it all the same with --force (in a request: "
                               "\"force\": true), or spare it for good with `gatepost except add`",
                               client.to_string()));
  }
  keep_sentence(call, *address, sentence_by_hand(call, client, length), *remark);
  return json_response(client_story(call, *address));
}

namespace {

// What is left of a sentence from which the last release let it out; no other one has begun since.
std::optional<Sentence> sentence_before_release(const Record& record, const Sentence& released,
                                                WallTime now) {
  const auto until = std::chrono::floor<std::chrono::seconds>(released.until);  // as it is known
  auto sentence = released;
  sentence.until = sentence.from + sentence.length;
  const bool was_it = record.released != kNever && record.released == until;
  if (!was_it || !sentence.serving(now) || released.serving(now)) return std::nullopt;
  return sentence;
}

Response undo_release(const Call& call) {
  const auto address = parse_client(call.argument);
  if (!address) return no_address(call);
  const auto remark = remark_of(call);
  if (!remark) return problem(400, remark.error());
  const ClientKey client(*address);
  const auto record = call.ledger().lookup(client);
  Observation observation{ObservationKind::sentenced, client, call.now};
  observation.note = *remark;
  bool undone = false;
  for (const bool observed : {false, true}) {
    const auto& released = observed ? record.observed_sentence : record.sentence;
    const auto sentence = sentence_before_release(record, released, call.now);
    if (!sentence) continue;
    observation.sentence = *sentence;
    observation.observed = observed;
    call.ledger().observe(observation);
    undone = true;
  }
  if (!undone) {
    return problem(409, fmt::format("{} was not released from a sentence that would go on now",
                                    client.to_string()));
  }
  call.ledger().flush();
  call.log("release-undone", client.to_string(), *remark);
  return json_response(client_story(call, *address));
}

}  // namespace

Response release_address(const Call& call) {
  if (flag_member(call.body, "undo")) return undo_release(call);
  return tell_record(call, ObservationKind::released);
}

Response keep_address(const Call& call) { return tell_record(call, ObservationKind::reviewed); }

Response forget_address(const Call& call) {
  const auto address = parse_client(call.argument);
  if (!address) return no_address(call);
  const ClientKey client(*address);
  if (!call.parts.hearing->forget(client)) {
    return problem(404, fmt::format("nothing is known of {}", client.to_string()));
  }
  call.ledger().flush();
  call.log("forget", client.to_string(), {});
  json::object done;
  done["address"] = client.to_string();
  done["forgotten"] = true;
  return json_response(done);
}

Response list_exceptions(const Call& call) {
  json::array array;
  for (const auto& exception : all_exceptions(call.settings, call.ledger())) {
    json::object object;
    object[kind_of(exception.whom)] = to_string(exception.whom);
    object["reason"] = exception.reason;
    object["source"] = exception.source;
    object["added"] = json_seconds_or_null(exception.added);
    array.push_back(std::move(object));
  }
  json::object body;
  body["exceptions"] = std::move(array);
  return json_response(body);
}

Response add_exception(const Call& call) {
  const auto whom = whom_of(call);
  if (!whom) return problem(400, whom.error());
  const auto remark = remark_of(call);
  if (!remark) return problem(400, remark.error());
  if (!call.ledger().add_exception(Exception{*whom, *remark, call.now})) {
    return problem(409,
                   "there are as many exceptions by hand as there may be; remove some, or except "
                   "a network or domain that holds several");
  }
  call.ledger().flush();
  call.log("except", to_string(*whom), *remark);
  json::object done;
  done[kind_of(*whom)] = to_string(*whom);
  done["reason"] = *remark;
  done["added"] = json_seconds(call.now);
  return json_response(done);
}

Response remove_exception(const Call& call) {
  const auto whom = whom_of(call);
  if (!whom) return problem(400, whom.error());
  const auto text = to_string(*whom);
  if (!call.ledger().remove_exception(*whom)) {
    for (const auto& exception : all_exceptions(call.settings, call.ledger())) {
      if (exception.whom != *whom) continue;
      return problem(409, fmt::format("{} stands in the configuration ({}); take it out there",
                                      text, place_in_settings(exception)));
    }
    return problem(404, fmt::format("{} is no exception", text));
  }
  call.ledger().flush();
  call.log("unexcept", text, {});
  json::object done;
  done[kind_of(*whom)] = text;
  done["removed"] = true;
  return json_response(done);
}

}  // namespace gatepost
