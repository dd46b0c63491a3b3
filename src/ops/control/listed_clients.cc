// Implements ops/control/listed_clients.h.
#include "ops/control/listed_clients.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/listed_sentence.h"
#include "ops/control/by_hand.h"
#include "ops/control/client_view.h"
#include "ops/journal/journal_json.h"
#include "policy/jail_sentence.h"

namespace gatepost {
namespace {

constexpr std::size_t kSourceInRemarkMax = 90;
constexpr std::size_t kRemarkLengthMax = 200;  // as a record keeps it

// FNV-1a: which list it is stands in the id, for a record has no room for a path.
std::string prefix_of(std::string_view source) {
  std::uint32_t hash = 2'166'136'261u;
  for (const char byte : source) hash = (hash ^ static_cast<unsigned char>(byte)) * 16'777'619u;
  return fmt::format("{}{:08x}", kListedVerdict, hash);
}

// "imported from drop.txt: SBL1"; a long path by its end.
std::string listed_from(const ListedClient& listed, std::size_t source_max) {
  const auto& source = listed.source;
  const bool cut = source.size() > source_max;
  auto text = fmt::format("{}{}{}", kListedFrom, cut ? "..." : "",
                          escape(cut ? source.substr(source.size() - source_max) : source));
  if (!listed.reason.empty()) text += ": " + escape(listed.reason);
  return text;
}

// What is to be served, the last one being `last`.
Sentence sentence_of(const Call& call, const ListedClient& listed, const Sentence& last) {
  const bool goes_on = last.serving(call.now) && is_for_list(last, listed.source);
  Sentence sentence;
  sentence.from = goes_on ? last.from : call.now;
  sentence.until = listed.until;
  sentence.length = sentence.until - sentence.from;
  sentence.strikes = std::max(standing_strikes(last, call.now), 1u);
  // As for a ban by hand: who imports the list stands for it.
  sentence.evidence_classes = 2;
  sentence.reason = CheckName::operator_;
  sentence.verdict_id =
      goes_on ? last.verdict_id : own_verdict_id(prefix_of(listed.source), listed.client, call.now);
  return sentence;
}

void add_verdict(const Call& call, const ListedClient& listed, const std::string& id) {
  Verdict verdict;
  verdict.action = Action::jail;
  verdict.id = id;
  verdict.findings.push_back(Finding{CheckName::operator_, EvidenceClass::reputation,
                                     Treatment::jail, 0, listed_from(listed, kBanSourceLengthMax)});
  SessionFacts facts;
  facts.door = "control";
  facts.client.address = listed.client.address();
  call.ledger().add_verdict(
      VerdictRow{id, listed.client, call.now,
                 verdict_json(verdict, facts, call.now, call.settings.journal.addresses)});
}

void tell_sentence(const Call& call, const ClientKey& client, const Sentence& sentence,
                   bool observed, const std::string& note) {
  Observation observation{ObservationKind::sentenced, client, call.now};
  observation.sentence = sentence;
  observation.observed = observed;
  observation.note = note;
  call.ledger().observe(observation);
}

}  // namespace

bool is_about_the_same(WallTime one, WallTime other, WallTime now) {
  constexpr int kShare = 100;  // of the time that is left
  return std::chrono::abs(one - other) <= std::max(Duration{}, other - now) / kShare;
}

bool is_for_list(const Sentence& sentence, std::string_view source) {
  return sentence.verdict_id.starts_with(prefix_of(source));
}

namespace {

// What a list takes over it could end, too, as soon as it names the client no more.
bool may_take(const Sentence& last, const ListedClient& listed, WallTime now) {
  return !last.serving(now) || is_for_list(last, listed.source);
}

}  // namespace

Listed look_at_listed(const Call& call, const ListedClient& listed) {
  const auto record = call.ledger().lookup(listed.client);
  const auto& last = counting_sentence(call.settings, record).sentence;
  if (!last.serving(call.now)) return Listed::banned;
  if (!may_take(last, listed, call.now)) return Listed::unchanged;
  return is_about_the_same(last.until, listed.until, call.now) ? Listed::unchanged
                                                               : Listed::renewed;
}

Listed jail_listed(const Call& call, const ListedClient& listed) {
  const auto what = look_at_listed(call, listed);
  if (what == Listed::unchanged) return what;
  const auto record = call.ledger().lookup(listed.client);
  const auto sentence =
      sentence_of(call, listed, counting_sentence(call.settings, record).sentence);
  const auto note = listed_from(listed, kSourceInRemarkMax).substr(0, kRemarkLengthMax);
  add_verdict(call, listed, sentence.verdict_id);
  // In mode observe it may be one of before, which waits.
  if (may_take(record.sentence, listed, call.now))
    tell_sentence(call, listed.client, sentence, false, note);
  // There only an observed sentence counts; the binding one waits for mode enforce.
  if (call.settings.mode == Mode::observe) tell_sentence(call, listed.client, sentence, true, note);
  return what;
}

bool let_out_listed(const Call& call, const ClientKey& client, std::string_view source) {
  const auto record = call.ledger().lookup(client);
  bool was_jailed = false;
  for (const bool observed : {false, true}) {
    auto sentence = observed ? record.observed_sentence : record.sentence;
    if (!sentence.serving(call.now) || !is_for_list(sentence, source)) continue;
    sentence.until = call.now;
    tell_sentence(call, client, sentence, observed, record.note);
    was_jailed = true;
  }
  return was_jailed;
}

}  // namespace gatepost
