// Implements gate/welcome.h.
#include "gate/welcome.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/check.h"
#include "checks/score/score.h"
#include "gate/breaker.h"
#include "gate/recall.h"
#include "gate/written_to.h"
#include "policy/jail_sentence.h"
#include "policy/standing.h"

namespace gatepost {
namespace {

bool is_met_at_connect(JailAnswer answer) {
  return answer == JailAnswer::connect_temporary || answer == JailAnswer::connect_permanent;
}

bool is_for_good(const Welcome& welcome, const JailSettings& jail) {
  return jail_answer(jail, welcome.sentence) == JailAnswer::connect_permanent && !welcome.for_now;
}

// Whether a sentence says anything at this door.
bool serves(const Newcomer& who, const Settings& settings, const Sentence& sentence, WallTime now) {
  return sentence.serving(now) && (who.purpose == Purpose::mx || is_for_logins(sentence)) &&
         treatment_of(settings.checks, check_row(CheckName::jail)).treatment > Treatment::note;
}

bool names_may_matter(const Settings& settings, const Ledger& ledger) {
  return settings.dns.names && (!settings.exceptions.domains.empty() || ledger.excepts_domains());
}

}  // namespace

bool is_excepted_by_name(const ClientName& name, const Settings& settings, const Ledger& ledger) {
  if (name.outcome != ClientName::Outcome::confirmed) return false;
  return is_in_domains(name, settings.exceptions.domains) || ledger.exception_for_name(name.name);
}

bool is_exempt_by_name(const ClientName& name, const Address& address, const Settings& settings,
                       const Ledger& ledger, WallTime now) {
  return is_in_domains(name, settings.greet.exempt_domains) ||
         is_excepted_by_name(name, settings, ledger) ||
         is_written_to_by_name(name, address, settings, ledger, now);
}

bool is_excepted_recipient(const Mailbox& recipient, const Settings& settings,
                           const Ledger& ledger) {
  const auto key = recipient.policy_key();
  const auto local = key.substr(0, key.rfind('@'));
  const auto& excepted = settings.exceptions.recipients;
  return std::any_of(excepted.begin(), excepted.end(),
                     [&](const auto& name) { return name == key || name == local; }) ||
         ledger.exception_for_recipient(key);
}

bool is_blocked(const Settings& settings, const Ledger& ledger, const ClientKey& client,
                const Record& record, WallTime now) {
  if (treatment_of(settings.checks, check_row(CheckName::score)).treatment < Treatment::tempfail)
    return false;
  SessionFacts facts;  // of a client that has done nothing yet
  facts.client.address = client.address();
  std::optional<std::vector<KnownNeighbours>> neighbours;
  const LedgerRecall recall(ledger, settings, facts, nullptr, now, neighbours);
  return is_blocked(
      Evidence{facts, record, record.sentence, nullptr, settings.checks, now, &recall});
}

Welcome welcome(const Newcomer& who, const Settings& settings, const Ledger& ledger, WallTime now,
                Breaker* breaker) {
  Welcome welcome;
  welcome.known = is_never_judged(who, settings, ledger);
  if (welcome.known) return welcome;
  auto record = ledger.lookup(ClientKey(who.address));
  const auto sentence = counting_sentence(who, settings, ledger, record, now);
  const bool serving = serves(who, settings, sentence, now);
  const bool good = is_good(record, settings.greet.pass_for, now);
  const bool greeted = !serving && (good || is_written_to(record, settings, now)) &&
                       !is_blocked(settings, ledger, ClientKey(who.address), record, now);
  welcome.known = good && greeted;
  if (serving && is_met_at_connect(jail_answer(settings.jail, sentence))) {
    welcome.observed = settings.mode == Mode::observe;
    welcome.refused = !welcome.observed;
    welcome.unless_named = welcome.refused && names_may_matter(settings, ledger);
    welcome.sentence = sentence;
  }
  if (welcome.refused && breaker) {
    record.sentence = sentence;
    welcome.for_now = refuses_for_now(*breaker, ClientKey(who.address), record, settings, now);
  }
  const bool at_once =
      greeted || who.purpose == Purpose::submission || contains(settings.greet.exempt, who.address);
  if (at_once || welcome.refused) return welcome;
  welcome.wait = settings.greet.wait;
  welcome.teaser = settings.greet.teaser && welcome.wait > Duration::zero();
  return welcome;
}

SmtpReply refusal_at_connect(const Welcome& welcome, const Address& client,
                             const JailSettings& jail) {
  const bool permanent = is_for_good(welcome, jail);
  const auto& id = welcome.sentence.verdict_id;
  const auto network = network_of_verdict(id);
  auto text = fmt::format("{} refused {}; id {}", client.to_string(),
                          network     ? "as all of " + network->to_string()
                          : permanent ? "for repeated offences"
                                      : "for now",
                          id);
  if (!jail.contact.empty()) text += " - see " + jail.contact;
  return {permanent ? 554 : 421, permanent ? "5.7.1" : "4.7.0", std::move(text)};
}

Verdict verdict_at_connect(const Welcome& welcome, const JailSettings& jail) {
  const auto& sentence = welcome.sentence;
  Verdict verdict;
  verdict.action = is_for_good(welcome, jail) ? Action::reject : Action::jail;
  verdict.id = sentence.verdict_id;
  verdict.observed = welcome.observed;
  const auto network = network_of_verdict(sentence.verdict_id);
  verdict.findings = {Finding{CheckName::jail, EvidenceClass::reputation, Treatment::tempfail, 0,
                              network ? fmt::format("in {}, which is banned", network->to_string())
                                      : fmt::format("serving {} for {}", describe(sentence.length),
                                                    to_string(sentence.reason))}};
  return verdict;
}

std::string teaser_line(const Settings& settings) {
  return fmt::format("220-{} waits a moment\r\n", settings.hostname);
}

SmtpReply greeting_reply(const Settings& settings) {
  return {220, "", settings.hostname + " ESMTP gatepost"};
}

bool is_never_judged(const Newcomer& who, const Settings& settings, const Ledger& ledger) {
  if (who.unclaimed) return false;
  return contains(settings.trusted, who.address) ||
         contains(settings.exceptions.networks, who.address) || ledger.exception_for(who.address);
}

const Sentence& own_sentence(const Settings& settings, const Record& record) {
  return settings.mode == Mode::observe ? record.observed_sentence : record.sentence;
}

bool is_bannable(const Newcomer& who, const Settings& settings) {
  const auto& own = settings.own_addresses;
  if (who.unclaimed) return false;
  return settings.trial || std::find(own.begin(), own.end(), who.address) == own.end();
}

Sentence counting_sentence(const Newcomer& who, const Settings& settings, const Ledger& ledger,
                           const Record& record, WallTime now) {
  if (!is_bannable(who, settings)) return {};  // its /64 may be serving one
  const auto& own = own_sentence(settings, record);
  if (who.unclaimed) return own;
  const auto ban = ledger.network_ban_for(who.address, now);
  const bool counts = own.serving(now) && (who.purpose == Purpose::mx || is_for_logins(own));
  const bool lasts_longer = ban && !(counts && own.until >= ban->until);
  return lasts_longer ? sentence_of(*ban) : own;
}

bool is_for_logins(const Sentence& sentence) {
  return sentence.reason == CheckName::operator_ || sentence.reason == CheckName::password ||
         sentence.reason == CheckName::errors;
}

}  // namespace gatepost
