// Implements gate/judge.h.
#include "gate/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/for_ever.h"
#include "base/text.h"
#include "checks/check.h"
#include "gate/bans.h"
#include "gate/leaks.h"
#include "gate/repute.h"
#include "gate/written_to.h"
#include "policy/decide.h"
#include "policy/jail_sentence.h"
#include "policy/score.h"

namespace gatepost {
namespace {

constexpr std::size_t kRecipientsKept = 100;
constexpr std::size_t kTrapsKept = 20;
constexpr std::uint32_t kVerdictsPerSession = 20;  // distinct ones that get an id of their own
constexpr std::size_t kEarlyBytesKept = 64;

bool has(const std::vector<Finding>& findings, CheckName name) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.check == name && finding.treatment > Treatment::note;
  });
}

// What leads to a sentence: an act of the client, and whatever is for the firewall, for there it
// can stay no longer than it is banned.
bool is_offence(const Finding& finding) {
  if (finding.treatment == Treatment::firewall) return finding.check != CheckName::jail;
  return finding.treatment == Treatment::jail && check_row(finding.check).offence;
}

bool has_offence(const Verdict& verdict) {
  return verdict.action != Action::accept &&
         std::any_of(verdict.findings.begin(), verdict.findings.end(), is_offence);
}

// The one that a sentence is for: where one is for the firewall, it.
const Finding* offence_of(const Verdict& verdict) {
  const Finding* offence = nullptr;
  for (const auto& finding : verdict.findings) {
    if (!is_offence(finding)) continue;
    if (finding.treatment == Treatment::firewall) return &finding;
    if (!offence) offence = &finding;
  }
  return offence;
}

// What is for the firewall is refused for now, as is who is jailed, unless another check says more.
bool is_rejected(const Verdict& verdict) {
  return verdict.action == Action::reject ||
         (verdict.action == Action::drop &&
          std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& finding) {
            return finding.treatment == Treatment::reject;
          }));
}

// Our own deferrals are no refusals that the breaker is for; what it has made one of is.
bool is_more_than_deferral(const Verdict& verdict) {
  return verdict.action > Action::tempfail ||
         std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& finding) {
           return finding.treatment > Treatment::tempfail;
         });
}

// One customer of a big sender may write to a trap; guessing and talking early is its machine's.
bool only_traps(const Verdict& verdict) {
  return std::all_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& finding) {
    return !is_offence(finding) || finding.check == CheckName::trap ||
           finding.check == CheckName::restricted;
  });
}

// As if what is told to come again had done so: greylisting asks no more, and what would let it in
// then does so now.
void spare_return(std::vector<Finding>& findings, bool trial_is_due) {
  std::erase_if(findings, [](const Finding& one) { return one.check == CheckName::greylist; });
  for (auto& one : findings) {
    const bool lets_in =
        (one.check == CheckName::neighbourhood && one.treatment > Treatment::note) ||
        (one.check == CheckName::score && trial_is_due && one.treatment == Treatment::tempfail);
    if (!lets_in) continue;
    one.treatment = Treatment::points;
    one.points = 0;
  }
}

// Equal for verdicts that say the same, so that a bot that tries a thousand recipients makes one
// verdict.
std::string signature_of(const Verdict& verdict) {
  std::string signature(to_string(verdict.action));
  for (const auto& finding : verdict.findings) {
    signature += ' ';
    signature += to_string(finding.check);
  }
  return signature;
}

// What stands behind AUTH may be one, and this goes to log and journal.
std::string_view without_password(std::string_view bytes) {
  constexpr std::string_view kAuth = "AUTH ";
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (starts_with_ignoring_case(bytes.substr(at), kAuth))
      return bytes.substr(0, at + kAuth.size());
  }
  return bytes;
}

// As [journal] addresses lets it be told.
std::string told_sender(const Mailbox& sender, JournalSettings::Addresses addresses) {
  if (addresses == JournalSettings::Addresses::full) return sender.to_string();
  const bool has_domain = addresses == JournalSettings::Addresses::domain && !sender.domain.empty();
  return has_domain ? "*@" + sender.domain : "*";
}

std::string with_contact(const std::string& text, const std::string& contact) {
  return contact.empty() ? text : text + " - see " + contact;
}

std::string refused_text(const Verdict& verdict, const std::string& contact) {
  return with_contact(fmt::format("Refused; id {}", verdict.id), contact);
}

std::string deferred_text(const Verdict& verdict, const Sentence& sentence, WallTime now) {
  if (is_for_ever(sentence.until - now)) return fmt::format("Deferred; id {}", verdict.id);
  return fmt::format("Deferred, try again in {}; id {}", describe(sentence.until - now),
                     verdict.id);
}

std::string why_for_good(const Sentence& sentence) {
  const auto network = network_of_verdict(sentence.verdict_id);
  return network ? "as all of " + network->to_string() : "for repeated offences";
}

}  // namespace

SessionJudge::SessionJudge(const Settings& settings, Ledger& ledger, Recorder& recorder,
                           SessionFacts facts, std::shared_ptr<const ClientQuestions> questions,
                           Breaker* breaker, Witness* witness)
    : settings_(settings),
      ledger_(ledger),
      recorder_(recorder),
      facts_(std::move(facts)),
      questions_(std::move(questions)),
      breaker_(breaker),
      witness_(witness) {}

void SessionJudge::learn(std::optional<WallTime> judged) {
  if (questions_) questions_->tell(facts_, judged);
}

bool SessionJudge::name_needs_a_sender() {
  learn();
  if (exempt() || facts_.purpose == Purpose::submission) return false;
  static const Record none;
  Evidence evidence{facts_, none, none.sentence, nullptr, settings_.checks, kNever};
  evidence.name_findings = &name_findings_;
  return facts_.name.outcome == ClientName::Outcome::mismatch || name_classes_in(evidence).client();
}

const ClientName& SessionJudge::name() {
  learn();
  return facts_.name;
}

Newcomer SessionJudge::newcomer() const {
  return {facts_.client.address, facts_.purpose, facts_.unclaimed};
}

bool SessionJudge::exempt() const {
  return facts_.authenticated || is_never_judged(newcomer(), settings_, ledger_) ||
         is_excepted_by_name(facts_.name, settings_, ledger_);
}

Sentence SessionJudge::sentence_of(const Record& record, WallTime now) const {
  return counting_sentence(newcomer(), settings_, ledger_, record, now);
}

void SessionJudge::came(WallTime now) {
  if (settings_.mode != Mode::observe) return;  // nobody who is refused has a session
  const auto received = welcome(newcomer(), settings_, ledger_, now);
  learn();
  if (received.observed && !is_excepted_by_name(facts_.name, settings_, ledger_))
    refused_at_connect(received);
}

void SessionJudge::refused_at_connect(const Welcome& welcome) {
  severest_ = verdict_at_connect(welcome, settings_.jail);
}

void SessionJudge::spoke_early(std::string_view first_bytes, Duration waited, WallTime now) {
  facts_.pregreet = true;
  facts_.early_bytes = without_password(first_bytes.substr(0, kEarlyBytesKept));
  facts_.early_after = waited;
  if (exempt()) return;
  observe(ObservationKind::pregreet, now);
  judge(About::client, nullptr, now);
}

bool SessionJudge::would_refuse(WallTime now) {
  learn();
  return !exempt() && judge(About::client, nullptr, now).binds();
}

bool SessionJudge::might_refuse(WallTime now) {
  learn();
  return !exempt() && weigh(ledger_.lookup(client()), About::client, nullptr, now).verdict.binds();
}

// RFC 5321 3.1: 554 or 421.
std::optional<SmtpReply> SessionJudge::at_greeting(WallTime now) {
  learn();
  if (exempt()) return std::nullopt;
  const auto verdict = judge(About::client, nullptr, now);
  if (!verdict.binds()) {
    note_trial(verdict, now);
    return std::nullopt;
  }
  const auto record = ledger_.lookup(client());
  const auto sentence = sentence_of(record, now);
  const bool serving = sentence.serving(now);
  const bool for_now = is_for_now(verdict, record, now);
  if (verdict.action > Action::tempfail && !for_now) {
    if (facts_.pregreet && has(verdict.findings, CheckName::pregreet))
      return SmtpReply{554, "5.5.1", fmt::format("Spoke before the greeting; id {}", verdict.id)};
    if (is_rejected(verdict))
      return SmtpReply{554, "5.7.1", refused_text(verdict, settings_.jail.contact)};
  }
  if (!serving || for_now)
    return SmtpReply{421, "4.7.0", fmt::format("Try again later; id {}", verdict.id)};
  return SmtpReply{421, "4.7.0", deferred_text(verdict, sentence, now)};
}

void SessionJudge::transaction_began(const Mailbox& sender) {
  facts_.sender = sender;
  facts_.sender_leads_here = Leads::unknown;
  transaction_ended();
}

void SessionJudge::transaction_ended() {
  trapped_ = false;
  facts_.on_trial = false;
  let_in_.reset();
  returned_.reset();
}

std::optional<SmtpReply> SessionJudge::at_recipient(const Mailbox& recipient, WallTime now) {
  note_recipient(recipient);
  learn();
  if (exempt()) return std::nullopt;
  if (trapped_) return deferral();
  if (is_excepted_recipient(recipient, settings_, ledger_) && !facts_.pregreet) return std::nullopt;
  const auto verdict = judge(About::recipient, &recipient, now);
  if (!verdict.binds()) {
    let_in(recipient, verdict, now);
    return std::nullopt;
  }
  return refusal_for(verdict, recipient, now);
}

void SessionJudge::recipient_refused(const Mailbox& recipient, bool unknown_user, WallTime now) {
  note_recipient(recipient);
  learn();
  if (!exempt() && !is_excepted_recipient(recipient, settings_, ledger_)) {
    const auto verdict = judge(About::refused_recipient, &recipient, now);
    trapped_ |= has(verdict.findings, CheckName::trap) && verdict.binds();
    if (has(verdict.findings, CheckName::trap)) return;
  }
  recipient_answered(unknown_user, now);
}

void SessionJudge::note_recipient(const Mailbox& recipient) {
  if (facts_.recipients.size() < kRecipientsKept)
    facts_.recipients.push_back(recipient.to_string());
}

void SessionJudge::let_in(const Mailbox& recipient, const Verdict& verdict, WallTime now) {
  if (!let_in_) let_in_ = recipient;
  note_trial(verdict, now);
  const auto& rate = settings_.checks.rate;
  if (rate.recipients.count == 0 && rate.network_recipients.count == 0) return;
  Observation named{ObservationKind::recipients, client(), now};
  if (rate.recipients.count > 0) named.window = rate.recipients.window;
  observe(named, rate.network_recipients);
}

// Whose score blocks it, and who is let in all the same.
void SessionJudge::note_trial(const Verdict& verdict, WallTime now) {
  const bool blocked =
      std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& finding) {
        return finding.check == CheckName::score && finding.treatment == Treatment::points;
      });
  if (blocked && !std::exchange(facts_.on_trial, true)) observe(ObservationKind::on_trial, now);
}

std::optional<SmtpReply> SessionJudge::at_data(WallTime now) {
  if (trapped_) return deferral();
  // Servers that ask whether a sender exists name a recipient and leave: they are not made to come
  // again (RFC 6647 4.3).
  if (!facts_.sender.is_null() || !let_in_ || exempt()) return std::nullopt;
  const auto verdict = judge(About::data, &*let_in_, now);
  if (!has(verdict.findings, CheckName::greylist) || !verdict.binds()) return std::nullopt;
  return deferral();
}

SmtpReply SessionJudge::deferral() const {
  return {451, "4.7.1", fmt::format("Try again later; id {}", last_id_)};
}

// The breaker is asked, which counts those whom we refuse.
bool SessionJudge::is_for_now(const Verdict& verdict, const Record& record, WallTime now) const {
  if (!breaker_) return false;
  auto seen = record;
  seen.sentence = sentence_of(record, now);
  const bool refuses = is_more_than_deferral(verdict) || seen.sentence.serving(now);
  return refuses && refuses_for_now(*breaker_, client(), seen, settings_, now);
}

SmtpReply SessionJudge::refusal_for(const Verdict& verdict, const Mailbox& recipient,
                                    WallTime now) {
  const auto record = ledger_.lookup(client());
  const auto sentence = sentence_of(record, now);
  const bool for_now = is_for_now(verdict, record, now);
  if (has(verdict.findings, CheckName::trap)) {
    trapped_ = true;
    if (for_now) return deferral();
    return {550, "5.1.1",
            fmt::format("<{}>: user unknown; id {}", recipient.to_string(), verdict.id)};
  }
  if (sentence.serving(now) && !for_now) {
    const auto answer = jail_answer(settings_.jail, sentence);
    if (answer == JailAnswer::rcpt_permanent || answer == JailAnswer::connect_permanent) {
      return {550, "5.7.1",
              with_contact(fmt::format("Refused {}; id {}", why_for_good(sentence), verdict.id),
                           settings_.jail.contact)};
    }
  }
  if (is_rejected(verdict) && !for_now) {
    return {550, "5.7.1", refused_text(verdict, settings_.jail.contact)};
  }
  if (!sentence.serving(now)) return deferral();
  return {450, "4.7.1", deferred_text(verdict, sentence, now)};
}

SessionJudge::Weighed SessionJudge::weigh(const Record& record, About about,
                                          const Mailbox* recipient, WallTime now) const {
  const bool is_time =
      about == About::data || (about == About::recipient && !facts_.sender.is_null());
  const LedgerRecall recall(ledger_, settings_, facts_, is_time ? recipient : nullptr, now,
                            neighbours_);
  Weighed weighed;
  Evidence evidence{facts_,
                    record,
                    sentence_of(record, now),
                    recipient,
                    settings_.checks,
                    now,
                    &recall,
                    is_good(record, settings_.greet.pass_for, now)};
  evidence.name_findings = &name_findings_;
  weighed.verdict.findings = look_at(evidence);
  if (witness_) witness_->weighed(evidence, weighed.verdict.findings);
  decide_on(weighed.verdict, record, now);
  weighed.greylisted = recall.asked();
  return weighed;
}

void SessionJudge::decide_on(Verdict& verdict, const Record& record, WallTime now) const {
  const auto decision = decide(verdict.findings, settings_.decide);
  verdict.action = decision.action;
  verdict.points = decision.points;
  verdict.observed = settings_.mode == Mode::observe;
  const bool spared = has_offence(verdict) && !may_be_jailed(verdict, record, now);
  if (spared && verdict.action != Action::reject) verdict.action = Action::tempfail;
  if (breaker_ && verdict.action > Action::jail &&
      breaker_->tripped(settings_.safety.breaker, now)) {
    verdict.action = has_offence(verdict) && !spared ? Action::jail : Action::tempfail;
  }
}

Verdict SessionJudge::judge(About about, const Mailbox* recipient, WallTime now) {
  learn(now);
  const auto record = ledger_.lookup(client());
  auto weighed = weigh(record, about, recipient, now);
  auto& verdict = weighed.verdict;
  if (weighed.greylisted) note_correspondence(*weighed.greylisted, verdict, record, now);
  note_targets(verdict, about == About::data ? nullptr : recipient, now);
  const bool new_id = name_verdict(verdict);
  if (is_to_be_convicted(verdict, record, now)) convict(verdict, record, now);
  if (new_id && verdict.action != Action::accept) recorder_.decided(verdict, facts_, now);
  remember(verdict);
  return std::move(verdict);
}

void SessionJudge::note_correspondence(const LedgerRecall::Asked& asked, Verdict& verdict,
                                       const Record& record, WallTime now) {
  const auto observe = [&](ObservationKind kind, const RecordKey& key) {
    ledger_.observe(Observation{kind, key, now});
  };
  const auto& [keys, correspondence, last_passed] = asked;
  switch (correspondence.stage) {
    case GreylistStage::first:
      observe(ObservationKind::begun_anew, keys.correspondence);
      if (ledger_.lookup(keys.correspondence).known()) break;
      // It could not be kept, so coming again would help nobody.
      spare_return(verdict.findings, trial_is_due(record, settings_.checks.score, now));
      decide_on(verdict, record, now);
      break;
    case GreylistStage::early:
      break;
    case GreylistStage::back:
      if (verdict.binds()) break;
      observe(ObservationKind::passed, keys.correspondence);
      returned_ = keys.origin;
      break;
    case GreylistStage::known:
      if (now - last_passed >= std::chrono::hours(24))
        observe(ObservationKind::passed, keys.correspondence);
      break;
  }
}

RecordKey SessionJudge::organisation() const {
  return organisation_key(facts_.name, facts_.client.address, settings_);
}

bool SessionJudge::is_of_known_senders(WallTime now) const {
  const auto key = organisation();
  return key.kind() == RecordKey::Kind::organisation &&
         are_known_senders(ledger_.lookup(key), settings_.checks.score.half_life, now);
}

// Good mail speaks for a mail server, not for who guesses passwords.
bool SessionJudge::may_be_jailed(const Verdict& verdict, const Record& record, WallTime now) const {
  if (!is_bannable(newcomer(), settings_)) return false;
  if (has(verdict.findings, CheckName::password)) return true;
  if (has_ham_on_record(record) || is_in_grace(record, settings_.jail.grace, now)) return false;
  return !only_traps(verdict) || !is_of_known_senders(now);
}

void SessionJudge::note_targets(const Verdict& verdict, const Mailbox* recipient, WallTime now) {
  if (!recipient) return;
  for (const auto& [check, kind] :
       {std::pair{CheckName::trap, ObservationKind::trap},
        std::pair{CheckName::restricted, ObservationKind::restricted}}) {
    const auto hit =
        std::any_of(verdict.findings.begin(), verdict.findings.end(),
                    [check = check](const Finding& finding) { return finding.check == check; });
    if (!hit) continue;
    if (check == CheckName::trap) {
      write_to_trap(now);
    } else {
      observe(kind, now);
      tell_leak(*recipient, now);
    }
    if (facts_.traps.size() < kTrapsKept) facts_.traps.push_back(recipient->to_string());
  }
}

void SessionJudge::tell_leak(const Mailbox& recipient, WallTime now) {
  const auto* const address = settings_.checks.restricted.find(recipient.policy_key());
  if (!address) return;
  const auto& client = facts_.client.address;
  const auto sender = told_sender(facts_.sender, settings_.journal.addresses);
  if (note_leak(ledger_, address->recipient, client, sender, now))
    recorder_.alarm("restricted-leaked", leak_text(*address, client, sender), now);
}

void SessionJudge::write_to_trap(WallTime now) {
  observe_mail(ledger_, settings_.checks.score, ObservationKind::trap, facts_.client.address, now);
  const auto key = organisation();
  if (key.kind() != RecordKey::Kind::organisation) return;
  Observation blame{ObservationKind::trap, key, now};
  blame.half_life = settings_.checks.score.half_life;
  ledger_.observe(blame);
}

// Who serves already is so again only for the firewall, where that sentence does not lead there.
bool SessionJudge::is_to_be_convicted(const Verdict& verdict, const Record& record,
                                      WallTime now) const {
  if (!has_offence(verdict)) return false;
  const auto serves = sentence_of(record, now);
  if (!serves.serving(now)) return !sentenced_;
  const bool is_for_firewall = offence_of(verdict)->treatment == Treatment::firewall;
  return is_for_firewall && !banned_ && !leads_outside(settings_, serves);
}

void SessionJudge::convict(const Verdict& verdict, const Record& record, WallTime now) {
  const auto* const offence = offence_of(verdict);
  sentenced_ = true;  // or spared: once a session
  banned_ |= offence->treatment == Treatment::firewall;
  Observation observation{ObservationKind::sentenced, client(), now};
  if (!may_be_jailed(verdict, record, now)) {
    observation.kind = ObservationKind::review;
    observation.note = fmt::format("spared the jail; verdict {}", verdict.id);
    ledger_.observe(observation);
    return;
  }
  observation.observed = verdict.observed;
  observation.sentence = next_sentence(settings_.jail, sentence_of(record, now), offence->check,
                                       evidence_classes(verdict.findings), verdict.id, now);
  ledger_.observe(observation);
  recorder_.sentenced(observation.sentence, verdict, facts_, now);
}

// Gives the verdict its id; false where the session has already told one that says the same.
bool SessionJudge::name_verdict(Verdict& verdict) {
  if (verdict.action == Action::accept) return false;
  const auto signature = signature_of(verdict);
  const bool same = signature == last_signature_ || verdicts_ >= kVerdictsPerSession;
  if (!same) {
    last_signature_ = signature;
    last_id_ = fmt::format("{}-{}", facts_.id, ++verdicts_);
  }
  verdict.id = last_id_;
  return !same;
}

// Keeps the severest verdict of the session, with the findings of all.
void SessionJudge::remember(const Verdict& verdict) {
  if (verdict.action > severest_.action || severest_.id.empty()) {
    severest_.action = verdict.action;
    severest_.points = verdict.points;
    severest_.id = verdict.id;
    severest_.observed = verdict.observed;
  }
  auto& findings = severest_.findings;
  for (const auto& finding : verdict.findings) {
    const auto known = std::find_if(findings.begin(), findings.end(), [&](const Finding& other) {
      return other.check == finding.check;
    });
    if (known == findings.end()) {
      findings.push_back(finding);
    } else {
      *known = finding;
    }
  }
}

void SessionJudge::command_tried(bool error, WallTime now) {
  ++facts_.tried;
  ++tried_unreported_;
  if (!error) return;
  ++facts_.errors;
  if (exempt()) return;
  report_tally(ObservationKind::errors, 1, tried_unreported_, settings_.checks.errors.window.window,
               now);
  judge(About::client, nullptr, now);
}

void SessionJudge::recipient_answered(bool unknown_user, WallTime now) {
  // Bounces to forged addresses, and servers that ask whether a sender exists, guess nothing; too
  // many of them end the session all the same.
  if (unknown_user && facts_.sender.is_null()) {
    ++harmless_errors_;
    return;
  }
  ++facts_.recipients_tried;
  ++recipients_unreported_;
  if (unknown_user) {
    ++facts_.unknown_recipients;
    report_tally(ObservationKind::unknown_users, 1, recipients_unreported_,
                 settings_.checks.unknown_users.limit.window, now);
  }
  command_tried(unknown_user, now);
}

void SessionJudge::password_answered(bool wrong, WallTime now) {
  ++facts_.passwords_tried;
  ++passwords_unreported_;
  if (wrong) {
    ++facts_.passwords_failed;
    report_tally(ObservationKind::passwords, 1, passwords_unreported_,
                 settings_.checks.password.limit.window, now);
  }
  command_tried(wrong, now);
}

// Whatever else it serves a sentence for, and whatever the settings make of the check.
std::optional<SmtpReply> SessionJudge::refuses_login(WallTime now) {
  if (settings_.mode == Mode::observe || exempt()) return std::nullopt;
  const auto refusal = [](const std::string& id) {
    return SmtpReply{454, "4.7.0", fmt::format("Temporary authentication failure; id {}", id)};
  };
  const auto record = ledger_.lookup(client());
  const auto sentence = sentence_of(record, now);
  if (sentence.serving(now) && is_for_logins(sentence)) return refusal(sentence.verdict_id);
  const auto verdict = judge(About::client, nullptr, now);
  if (has(verdict.findings, CheckName::password)) return refusal(verdict.id);
  return std::nullopt;
}

void SessionJudge::report_tally(ObservationKind kind, std::uint32_t failed,
                                std::uint32_t& unreported, Duration window, WallTime now) {
  Observation observation{kind, client(), now};
  observation.count = failed;
  observation.tried = std::exchange(unreported, 0);
  observation.window = window;
  const auto& rate = settings_.checks.rate;
  observe(observation, kind == ObservationKind::errors          ? rate.network_errors
                       : kind == ObservationKind::unknown_users ? rate.network_unknown_users
                                                                : rate.network_passwords);
}

// In the record of its neighbourhood, too, where there is a limit for that.
void SessionJudge::observe(const Observation& observation, const WindowLimit& of_network) {
  ledger_.observe(observation);
  if (of_network.count == 0 || exempt()) return;
  auto shared = observation;
  shared.of = RecordKey::of_network(crowd_of(facts_.client.address));
  shared.window = of_network.window;
  ledger_.observe(shared);
}

void SessionJudge::message_passed(WallTime now) {
  ++facts_.messages;
  const auto& rate = settings_.checks.rate;
  Observation passed{ObservationKind::passed, client(), now};
  if (rate.messages.count > 0) passed.window = rate.messages.window;
  observe(passed, rate.network_messages);
  if (returned_) ledger_.observe(Observation{ObservationKind::passed, *returned_, now});
  const auto key = organisation();
  if (key.kind() == RecordKey::Kind::organisation)
    ledger_.observe(Observation{ObservationKind::passed, key, now});
}

bool SessionJudge::too_many_errors() const {
  return facts_.errors + harmless_errors_ >= settings_.limits.errors && settings_.limits.errors > 0;
}

void SessionJudge::ended(std::string closed_by, WallTime now) {
  if (tried_unreported_ > 0) {
    report_tally(ObservationKind::errors, 0, tried_unreported_,
                 settings_.checks.errors.window.window, now);
  }
  if (recipients_unreported_ > 0) {
    report_tally(ObservationKind::unknown_users, 0, recipients_unreported_,
                 settings_.checks.unknown_users.limit.window, now);
  }
  if (passwords_unreported_ > 0) {
    report_tally(ObservationKind::passwords, 0, passwords_unreported_,
                 settings_.checks.password.limit.window, now);
  }
  const auto& rate = settings_.checks.rate;
  Observation seen{ObservationKind::seen, client(), now};
  if (rate.connections.count > 0) seen.window = rate.connections.window;
  observe(seen, rate.network_connections);
  learn();
  SessionSummary summary{std::move(facts_), now, std::move(severest_), std::move(closed_by)};
  if (summary.verdict.id.empty()) summary.verdict.id = summary.facts.id;
  recorder_.ended(summary);
}

void SessionJudge::observe(ObservationKind kind, WallTime now) {
  ledger_.observe(Observation{kind, client(), now});
}

}  // namespace gatepost
