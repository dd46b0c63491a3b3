// Implements gate/judge.h.
#include "gate/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "checks/check.h"
#include "policy/decide.h"
#include "policy/jail_sentence.h"

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

bool is_offence(const Finding& finding) {
  const bool jails =
      finding.treatment == Treatment::jail || finding.treatment == Treatment::firewall;
  if (!jails) return false;
  return check_row(finding.check).offence;
}

bool has_offence(const Verdict& verdict) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(), is_offence);
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

std::string with_contact(const std::string& text, const std::string& contact) {
  return contact.empty() ? text : text + " - see " + contact;
}

}  // namespace

SessionJudge::SessionJudge(const Settings& settings, Ledger& ledger, Recorder& recorder,
                           SessionFacts facts, std::shared_ptr<const ClientQuestions> questions,
                           Breaker* breaker)
    : settings_(settings),
      ledger_(ledger),
      recorder_(recorder),
      facts_(std::move(facts)),
      questions_(std::move(questions)),
      breaker_(breaker) {}

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
  return facts_.authenticated || is_in_domains(facts_.name, settings_.exceptions.domains) ||
         is_never_judged(newcomer(), settings_, ledger_);
}

const Sentence& SessionJudge::sentence_of(const Record& record) const {
  return counting_sentence(newcomer(), settings_, record);
}

void SessionJudge::came(WallTime now) {
  if (settings_.mode != Mode::observe) return;  // nobody who is refused has a session
  const auto received = welcome(newcomer(), settings_, ledger_, now);
  if (received.observed) severest_ = verdict_at_connect(received, settings_.jail);
}

void SessionJudge::spoke_early(std::string_view first_bytes, Duration waited, WallTime now) {
  facts_.pregreet = true;
  facts_.early_bytes = without_password(first_bytes.substr(0, kEarlyBytesKept));
  facts_.early_after = waited;
  if (exempt()) return;
  observe(ObservationKind::pregreet, now);
  judge(nullptr, now);
}

bool SessionJudge::would_refuse(WallTime now) {
  learn();
  return !exempt() && judge(nullptr, now).binds();
}

bool SessionJudge::might_refuse(WallTime now) {
  learn();
  return !exempt() && weigh(ledger_.lookup(client()), nullptr, now).binds();
}

void SessionJudge::transaction_began(const Mailbox& sender) {
  facts_.sender = sender;
  facts_.sender_leads_here = Leads::unknown;
  trapped_ = false;
}

void SessionJudge::transaction_ended() { trapped_ = false; }

std::optional<SmtpReply> SessionJudge::at_recipient(const Mailbox& recipient, WallTime now) {
  if (facts_.recipients.size() < kRecipientsKept)
    facts_.recipients.push_back(recipient.to_string());
  learn();
  if (exempt()) return std::nullopt;
  if (trapped_) return deferral();
  if (is_exempt_recipient(recipient) && !facts_.pregreet) return std::nullopt;
  const auto verdict = judge(&recipient, now);
  if (!verdict.binds()) return std::nullopt;
  return refusal_for(verdict, recipient, now);
}

std::optional<SmtpReply> SessionJudge::at_data(WallTime) {
  if (trapped_) return deferral();
  return std::nullopt;
}

SmtpReply SessionJudge::deferral() const {
  return {451, "4.7.1", fmt::format("Try again later; id {}", last_id_)};
}

SmtpReply SessionJudge::refusal_for(const Verdict& verdict, const Mailbox& recipient,
                                    WallTime now) {
  const auto record = ledger_.lookup(client());
  const auto& sentence = sentence_of(record);
  const bool for_now = breaker_ && refuses_for_now(*breaker_, client(), record, settings_, now);
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
              with_contact(fmt::format("Refused for repeated offences; id {}", verdict.id),
                           settings_.jail.contact)};
    }
  }
  if (verdict.action >= Action::reject && !for_now) {
    return {550, "5.7.1",
            with_contact(fmt::format("Refused; id {}", verdict.id), settings_.jail.contact)};
  }
  if (!sentence.serving(now)) return deferral();
  return {
      450, "4.7.1",
      fmt::format("Deferred, try again in {}; id {}", describe(sentence.until - now), verdict.id)};
}

bool SessionJudge::is_exempt_recipient(const Mailbox& recipient) const {
  const auto key = recipient.policy_key();
  const auto local = std::string_view(key).substr(0, key.rfind('@'));
  const auto& exempt = settings_.exceptions.recipients;
  return std::any_of(exempt.begin(), exempt.end(),
                     [&](const auto& name) { return name == key || name == local; });
}

Verdict SessionJudge::weigh(const Record& record, const Mailbox* recipient, WallTime now) const {
  Verdict verdict;
  Evidence evidence{facts_, record, sentence_of(record), recipient, settings_.checks, now};
  evidence.name_findings = &name_findings_;
  verdict.findings = look_at(evidence);
  const auto decision = decide(verdict.findings, settings_.decide);
  verdict.action = decision.action;
  verdict.points = decision.points;
  verdict.observed = settings_.mode == Mode::observe;
  const bool spared = has_offence(verdict) && !may_be_jailed(verdict, record);
  if (spared && verdict.action != Action::reject) verdict.action = Action::tempfail;
  if (breaker_ && verdict.action > Action::jail &&
      breaker_->tripped(settings_.safety.breaker, now)) {
    verdict.action = has_offence(verdict) && !spared ? Action::jail : Action::tempfail;
  }
  return verdict;
}

Verdict SessionJudge::judge(const Mailbox* recipient, WallTime now) {
  learn(now);
  const auto record = ledger_.lookup(client());
  auto verdict = weigh(record, recipient, now);
  note_targets(verdict, recipient, now);
  const bool new_id = name_verdict(verdict);
  if (has_offence(verdict) && !sentenced_ && !sentence_of(record).serving(now))
    convict(verdict, record, now);
  if (new_id && verdict.action != Action::accept) recorder_.decided(verdict, facts_, now);
  remember(verdict);
  return verdict;
}

// Good mail speaks for a mail server, not for who guesses passwords.
bool SessionJudge::may_be_jailed(const Verdict& verdict, const Record& record) const {
  return is_bannable(newcomer(), settings_) &&
         (!has_ham_on_record(record) || has(verdict.findings, CheckName::password));
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
    observe(kind, now);
    if (facts_.traps.size() < kTrapsKept) facts_.traps.push_back(recipient->to_string());
  }
}

void SessionJudge::convict(const Verdict& verdict, const Record& record, WallTime now) {
  sentenced_ = true;  // or spared: once a session
  Observation observation{ObservationKind::sentenced, client(), now};
  if (!may_be_jailed(verdict, record)) {
    observation.kind = ObservationKind::review;
    observation.note = fmt::format("spared the jail; verdict {}", verdict.id);
    ledger_.observe(observation);
    return;
  }
  const auto offence = std::find_if(verdict.findings.begin(), verdict.findings.end(), is_offence);
  observation.observed = verdict.observed;
  observation.sentence = next_sentence(settings_.jail, sentence_of(record), offence->check,
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
  judge(nullptr, now);
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
  const auto& sentence = sentence_of(record);
  if (sentence.serving(now) && is_for_logins(sentence)) return refusal(sentence.verdict_id);
  const auto verdict = judge(nullptr, now);
  if (has(verdict.findings, CheckName::password)) return refusal(verdict.id);
  return std::nullopt;
}

void SessionJudge::report_tally(ObservationKind kind, std::uint32_t failed,
                                std::uint32_t& unreported, Duration window, WallTime now) {
  Observation observation{kind, client(), now};
  observation.count = failed;
  observation.tried = std::exchange(unreported, 0);
  observation.window = window;
  ledger_.observe(observation);
}

void SessionJudge::message_passed(WallTime now) {
  ++facts_.messages;
  observe(ObservationKind::passed, now);
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
  observe(ObservationKind::seen, now);
  learn();
  SessionSummary summary{std::move(facts_), now, std::move(severest_), std::move(closed_by)};
  if (summary.verdict.id.empty()) summary.verdict.id = summary.facts.id;
  recorder_.ended(summary);
}

void SessionJudge::observe(ObservationKind kind, WallTime now) {
  ledger_.observe(Observation{kind, client(), now});
}

}  // namespace gatepost
