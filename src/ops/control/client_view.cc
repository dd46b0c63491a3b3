// Implements ops/control/client_view.h.
#include "ops/control/client_view.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "gate/welcome.h"
#include "model/host_name.h"
#include "model/listed_sentence.h"
#include "model/mined_sentence.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kSessionsShown = 10;

FoundException by_hand(Exception exception) {
  return {std::move(exception.whom), "operator", std::move(exception.reason), exception.added};
}

}  // namespace

std::vector<FoundException> all_exceptions(const Settings& settings, const Ledger& ledger) {
  std::vector<FoundException> all;
  const auto of_settings = [&](Excepted whom) {
    all.push_back({std::move(whom), "settings", {}, kNever});
  };
  for (const auto& network : settings.trusted) all.push_back({network, "trusted", {}, kNever});
  for (const auto& network : settings.exceptions.networks) of_settings(network);
  for (const auto& domain : settings.exceptions.domains) of_settings(ExceptedDomain{domain});
  for (const auto& name : settings.exceptions.recipients) of_settings(ExceptedRecipient{name});
  for (auto& exception : ledger.exceptions()) all.push_back(by_hand(std::move(exception)));
  return all;
}

std::optional<FoundException> exception_of(const Settings& settings, const Ledger& ledger,
                                           const Address& address) {
  const auto holds = [&](const Network& network) { return network.contains(address); };
  for (const auto& [networks, source] :
       {std::pair{&settings.trusted, "trusted"}, {&settings.exceptions.networks, "settings"}}) {
    const auto network = std::find_if(networks->begin(), networks->end(), holds);
    if (network != networks->end()) return FoundException{*network, source, {}, kNever};
  }
  auto exception = ledger.exception_for(address);
  if (!exception) return std::nullopt;
  return by_hand(*std::move(exception));
}

std::optional<FoundException> exception_of(const Settings& settings, const Ledger& ledger,
                                           const ClientName& name) {
  if (name.outcome != ClientName::Outcome::confirmed) return std::nullopt;
  for (const auto& domain : settings.exceptions.domains) {
    if (is_in_domain(name.name, domain))
      return FoundException{ExceptedDomain{domain}, "settings", {}, kNever};
  }
  auto exception = ledger.exception_for_name(name.name);
  if (!exception) return std::nullopt;
  return by_hand(*std::move(exception));
}

json::array last_sessions(const Ledger& ledger, const ClientKey& client) {
  json::array array;
  for (const auto& row : ledger.last_sessions(client, kSessionsShown)) {
    auto value = parse_json(row.json);
    if (value && value->is_object()) array.push_back(std::move(value).value());
  }
  return array;
}

ClientName last_name(const json::array& sessions) {
  for (const auto& value : sessions) {
    const auto& session = value.as_object();
    const auto* const name = member(session, "rdns");
    if (name == nullptr) continue;
    if (name->is_null()) return {ClientName::Outcome::none, {}};
    const auto* const confirmed = member(session, "rdns_confirmed");
    if (confirmed == nullptr) continue;
    return {flag_member(session, "rdns_confirmed") ? ClientName::Outcome::confirmed
                                                   : ClientName::Outcome::mismatch,
            text_member(session, "rdns")};
  }
  return {};
}

bool is_own_address(const Settings& settings, const Address& address) {
  const auto& own = settings.own_addresses;
  return !settings.trial && std::find(own.begin(), own.end(), address) != own.end();
}

CountingSentence counting_sentence(const Settings& settings, const Record& record) {
  return {own_sentence(settings, record), settings.mode == Mode::observe, {}};
}

CountingSentence counting_sentence(const Settings& settings, const Ledger& ledger,
                                   const Address& address, const Record& record, WallTime now) {
  auto counting = counting_sentence(settings, record);
  if (is_own_address(settings, address)) return counting;
  auto ban = ledger.network_ban_for(address, now);
  if (!ban || (counting.sentence.serving(now) && counting.sentence.until >= ban->until))
    return counting;
  counting.sentence = sentence_of(*ban);
  counting.network = std::move(ban);
  return counting;
}

State state_in_mode(const Settings& settings, const Ledger& ledger, const Address& address,
                    const Record& record, bool excepted, WallTime now) {
  auto seen = record;
  seen.sentence = counting_sentence(settings, ledger, address, record, now).sentence;
  const bool score_matters = !excepted && !seen.sentence.serving(now);
  const bool blocked =
      score_matters && is_blocked(settings, ledger, ClientKey(address), record, now);
  return state_of(seen, excepted, blocked, settings.greet.pass_for, now);
}

std::string reason_of(const Sentence& sentence, const Record& record) {
  if (sentence.reason == CheckName::operator_ && !record.note.empty()) return record.note;
  return std::string(to_string(sentence.reason));
}

std::string source_of(const Sentence& sentence, const Record& record) {
  if (sentence.verdict_id.starts_with(kMinedVerdict)) {
    // An operator may have written something else there.
    if (!record.note.starts_with(kMinedFrom)) return "mined log";
    const auto source = record.note.substr(kMinedFrom.size());
    return source.substr(0, source.find(": "));
  }
  if (sentence.verdict_id.starts_with(kListedVerdict)) {
    if (!record.note.starts_with(kListedFrom)) return "imported list";
    const auto source = record.note.substr(kListedFrom.size());
    return source.substr(0, source.find(": "));
  }
  return sentence.reason == CheckName::operator_ ? "operator" : "gate";
}

std::string reason_of(const CountingSentence& counting, const Record& record) {
  if (!counting.network) return reason_of(counting.sentence, record);
  return counting.network->reason.empty() ? "operator" : counting.network->reason;
}

std::string source_of(const CountingSentence& counting, const Record& record) {
  return counting.network ? counting.network->source : source_of(counting.sentence, record);
}

std::string_view answer_words(JailAnswer answer) {
  switch (answer) {
    case JailAnswer::rcpt_temporary:
      return "450 at RCPT";
    case JailAnswer::rcpt_permanent:
      return "550 at RCPT";
    case JailAnswer::connect_temporary:
      return "421 at connect";
    case JailAnswer::connect_permanent:
      return "554 at connect";
  }
  return {};
}

std::string fact_behind(const Ledger& ledger, const Sentence& sentence) {
  const auto row = ledger.verdict(sentence.verdict_id);
  const auto value = row ? parse_json(row->json) : Result<json::value>(Error{});
  if (!value || !value->is_object()) return {};
  for (const auto& finding : array_member(value->get_object(), "findings")) {
    if (!finding.is_object()) continue;
    if (text_member(finding.get_object(), "check") != to_string(sentence.reason)) continue;
    return text_member(finding.get_object(), "detail");
  }
  return {};
}

std::optional<Address> parse_client(std::string_view text) {
  if (const auto address = Address::parse(text)) return address;
  const auto network = Network::parse(text);
  if (!network || network->base().is_v4() || network->prefix_bits() != 64) return std::nullopt;
  return network->base();
}

}  // namespace gatepost
