// Implements ops/control/client_story.h.
#include "ops/control/client_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "checks/check.h"
#include "gate/recall.h"
#include "gate/welcome.h"
#include "gate/written_to.h"
#include "ops/control/client_view.h"
#include "ops/control/network_bans.h"
#include "ops/journal/journal_json.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

json::object record_json(const Record& record, const ScoreSettings& score, const Sentence& sentence,
                         WallTime now) {
  json::object object;
  object["ham"] = record.ham;
  object["spam"] = record.spam;
  object["missed_spam"] = record.missed_spam;
  object["score"] = score_of(record, score, now);
  object["first_seen"] = json_seconds_or_null(record.first_seen);
  object["last_seen"] = json_seconds_or_null(record.last_seen);
  object["strikes"] = standing_strikes(sentence, now);
  object["passed"] = record.passed;
  object["last_passed"] = json_seconds_or_null(record.last_passed);
  object["released"] = json_seconds_or_null(record.released);
  if (!record.note.empty()) object["note"] = record.note;
  return object;
}

// Of the stay that would follow: while one is served, of one that begins right behind it.
Duration next_length(const Call& call, const Sentence& sentence) {
  const auto from = std::max(call.now, sentence.until);
  return next_sentence(call.settings.jail, sentence, CheckName::trap, 1, {}, from).length;
}

json::object jail_json(const Call& call, const Record& record, const CountingSentence& counting) {
  const auto& sentence = counting.sentence;
  json::object object;
  object["since"] = json_seconds(sentence.from);
  object["until"] = json_seconds(sentence.until);
  object["seconds"] = json_seconds(sentence.length);
  object["reason"] = reason_of(counting, record);
  object["source"] = source_of(counting, record);
  if (counting.network) object["network"] = counting.network->network.to_string();
  object["strikes"] = sentence.strikes;
  object["next_seconds"] = json_seconds(next_length(call, sentence));
  object["answer"] = answer_words(jail_answer(call.settings.jail, sentence));
  if (leaves_a_way(sentence)) object["parole"] = true;
  if (!sentence.verdict_id.empty()) object["verdict_id"] = sentence.verdict_id;
  if (auto fact = fact_behind(call.ledger(), sentence); !fact.empty()) object["detail"] = fact;
  if (counting.observed) object["observed"] = true;
  return object;
}

// Where else it is refused.
json::array outside_json(const Call& call, const ClientKey& client) {
  json::array names;
  if (!call.parts.carried_to) return names;
  const Network network(client.address(), client.address().is_v4() ? 32 : 64);
  for (const auto& name : call.parts.carried_to(network, call.now)) names.emplace_back(name);
  return names;
}

void add_sentences(json::object& story, const Call& call, const ClientKey& client,
                   const Record& record, const CountingSentence& counting) {
  const bool serving = counting.sentence.serving(call.now);
  story["jail"] = nullptr;
  if (serving) {
    auto jail = jail_json(call, record, counting);
    if (auto outside = outside_json(call, client); !outside.empty())
      jail["outside"] = std::move(outside);
    story["jail"] = std::move(jail);
  }
  if (!serving && counting.sentence.given()) {
    auto last = jail_json(call, record, counting);
    const auto until = std::chrono::floor<std::chrono::seconds>(counting.sentence.until);
    last["released"] = record.released == until;  // which is known to the second
    story["last_jail"] = std::move(last);
  }
  if (call.settings.mode == Mode::enforce && record.observed_sentence.serving(call.now)) {
    story["observed_jail"] = jail_json(call, record, {record.observed_sentence, true, {}});
  }
  story["next_seconds"] = json_seconds(next_length(call, counting.sentence));
}

// What its score does, and when a message of it comes through all the same.
json::object block_json(const Call& call, const Record& record) {
  const auto& settings = call.settings.checks.score;
  json::object object;
  object["below"] = settings.block_below;
  if (settings.model == ScoreSettings::Model::posterior) object["model"] = "posterior";
  object["permanent"] = treatment_of(call.settings.checks, check_row(CheckName::score)).treatment !=
                        Treatment::tempfail;
  if (!settings.trial) return object;
  const bool due = trial_is_due(record, settings, call.now);
  object["trial"] = json_seconds(due ? call.now : record.last_passed + *settings.trial);
  object["trial_seconds"] = json_seconds(*settings.trial);
  return object;
}

json::object exception_json(const FoundException& exception) {
  json::object object;
  object[kind_of(exception.whom)] = to_string(exception.whom);
  object["source"] = exception.source;
  object["reason"] = exception.reason;
  object["added"] = json_seconds_or_null(exception.added);
  return object;
}

// The setting that spares it for its name, or nothing.
std::string_view exempting_setting(const ClientName& name, const Settings& settings) {
  if (is_in_domains(name, settings.exceptions.domains)) return "exceptions.domains";
  return is_in_domains(name, settings.greet.exempt_domains) ? "greet.exempt" : "";
}

constexpr double kThousandth = 0.001;

// What the checks find, and the neighbourhood that they look at.
void add_checks(json::object& story, const Call& call, const Address& address,
                const ClientName& name, const Record& record, const Sentence& sentence) {
  SessionFacts facts;
  facts.client.address = address;
  facts.name = name;
  facts.began = call.now;
  std::optional<std::vector<KnownNeighbours>> neighbours;
  const LedgerRecall recall(call.ledger(), call.settings, facts, nullptr, call.now, neighbours);
  const Evidence evidence{facts,
                          record,
                          sentence,
                          nullptr,
                          call.settings.checks,
                          call.now,
                          &recall,
                          is_good(record, call.settings.greet.pass_for, call.now)};
  story["checks"] = findings_json(look_at(evidence), JournalSettings::Addresses::full);
  json::array around;
  for (const auto& known : recall.neighbourhood()) {
    const auto repute = faded(known.record.repute, call.settings.checks.score.half_life, call.now);
    json::object network;
    network["network"] = to_string(known.whom);
    network["ham_clients"] = kThousandth * repute.ham;
    network["spam_clients"] = kThousandth * repute.spam;
    around.push_back(std::move(network));
  }
  story["neighbourhood"] = std::move(around);
}

// When one of our users last wrote to it, or to its organisation; nothing where that is long ago.
std::optional<WallTime> written_to(const Call& call, const Record& record, const ClientName& name,
                                   const Address& address) {
  const auto key = organisation_key(name, address, call.settings);
  const bool has_key = key.kind() == RecordKey::Kind::organisation;
  const auto organisation = has_key ? call.ledger().lookup(key) : Record();
  std::optional<WallTime> last;
  for (const auto* one : {&record, &organisation}) {
    if (is_written_to(*one, call.settings, call.now))
      last = std::max(last.value_or(kNever), one->written_to);
  }
  return last;
}

// The last thing that it was told to come again for, as long as nothing else has come since.
json::value greylisted(const json::array& sessions) {
  if (sessions.empty() || !sessions.front().is_object()) return nullptr;
  const auto& last = sessions.front().get_object();
  for (const auto& value : array_member(last, "findings")) {
    if (!value.is_object()) continue;
    const auto& finding = value.get_object();
    if (text_member(finding, "check") != to_string(CheckName::greylist)) continue;
    json::object told;
    told["time"] = *member(last, "time");
    told["sender"] = text_member(last, "sender");
    told["recipients"] = array_member(last, "recipients");
    told["detail"] = text_member(finding, "detail");
    if (flag_member(last, "observed")) told["observed"] = true;
    return told;
  }
  return nullptr;
}

// What was said last of its messages, the newest first, and what of all that is said of each of
// them counts.
json::array last_words(const Ledger& ledger, const ClientKey& client) {
  constexpr std::size_t kWords = 5;
  constexpr std::size_t kMessages = 50;  // a word may be of an older one
  std::vector<std::pair<Claim, json::array>> words;
  for (const auto& message : ledger.messages_of(client, kMessages)) {
    json::array counted;
    for (const auto& one : message.counted) {
      const bool is_word = one.observation.of == RecordKey(client) &&
                           one.observation.kind != ObservationKind::vouched;
      if (is_word) counted.emplace_back(to_string(one.observation.kind));
    }
    for (const auto& claim : message.claims) words.emplace_back(claim, counted);
  }
  std::stable_sort(words.begin(), words.end(),
                   [](const auto& a, const auto& b) { return a.first.at > b.first.at; });
  if (words.size() > kWords) words.resize(kWords);
  json::array array;
  for (auto& [claim, counted] : words) {
    json::object object;
    object["time"] = json_seconds(claim.at);
    object["word"] = to_string(claim.word);
    object["source"] = claim.source;
    object["by"] = claim.by_person ? "user" : "program";
    object["counted"] = std::move(counted);
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace

json::object client_story(const Call& call, const Address& address) {
  const ClientKey key(address);
  const auto record = call.ledger().lookup(key);
  auto sessions = last_sessions(call.ledger(), key);
  const auto name = last_name(sessions);
  auto exception = exception_of(call.settings, call.ledger(), address);
  if (!exception) exception = exception_of(call.settings, call.ledger(), name);
  const auto counting = counting_sentence(call.settings, call.ledger(), address, record, call.now);
  const auto state =
      state_in_mode(call.settings, call.ledger(), address, record, exception.has_value(), call.now);
  const bool known_good = is_good(record, call.settings.greet.pass_for, call.now);
  const auto exempting = exempting_setting(name, call.settings);
  const auto written = written_to(call, record, name, address);
  const bool greeted_at_once = exception || known_good || !exempting.empty() || written ||
                               contains(call.settings.greet.exempt, address);

  json::object story;
  story["address"] = key.to_string();
  story["state"] = to_string(state);
  if (state == State::jailed && counting.observed) story["observed"] = true;
  story["mode"] = call.settings.mode == Mode::observe ? "observe" : "enforce";
  story["now"] = json_seconds(call.now);
  if (exception) story["exception"] = exception_json(*exception);
  if (!name.name.empty()) {
    story["rdns"] = name.name;
    story["rdns_confirmed"] = name.outcome == ClientName::Outcome::confirmed;
  }
  if (!exempting.empty()) story["exempt_by_name"] = exempting;
  story["wait_seconds"] = json_seconds(greeted_at_once ? Duration{} : call.settings.greet.wait);
  if (known_good) {
    story["good_until"] = json_seconds(record.last_passed + call.settings.greet.pass_for);
  }
  if (written) story["written_to"] = json_seconds(*written);
  const bool own = is_own_address(call.settings, address);
  if (own) story["own"] = true;
  if (is_blocked(call.settings, call.ledger(), key, record, call.now))
    story["blocked"] = block_json(call, record);
  const bool in_grace = is_in_grace(record, call.settings.jail.grace, call.now);
  if (in_grace) story["grace_until"] = json_seconds(record.released + call.settings.jail.grace);
  story["spared"] = own || in_grace || has_ham_on_record(record);
  story["record"] = record_json(record, call.settings.checks.score, counting.sentence, call.now);
  add_sentences(story, call, key, record, counting);
  add_checks(story, call, address, name, record, counting.sentence);
  if (auto told = greylisted(sessions); !told.is_null()) story["greylisted"] = std::move(told);
  if (auto words = last_words(call.ledger(), key); !words.empty())
    story["words"] = std::move(words);
  story["sessions"] = std::move(sessions);
  return story;
}

Response tell_of_address(const Call& call) {
  const auto address = parse_client(call.argument);
  if (!address) return problem(400, fmt::format("{}: expected an address", escape(call.argument)));
  return json_response(client_story(call, *address));
}

Response tell_of_verdict(const Call& call) {
  if (const auto network = network_of_verdict(call.argument))
    return json_response(network_story(call, *network));
  const auto row = call.ledger().verdict(call.argument);
  if (!row) {
    return problem(404,
                   fmt::format("no verdict {} is known; the journal keeps them for {}",
                               escape(call.argument, 60), describe(call.settings.journal.keep)));
  }
  auto story = client_story(call, row->client.address());
  if (auto verdict = parse_json(row->json)) story["asked"] = std::move(verdict).value();
  return json_response(story);
}

}  // namespace gatepost
