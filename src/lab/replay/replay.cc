// Implements lab/replay/replay.h.
#include "lab/replay/replay.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "lab/replay/chance.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Answer = Attempt::Answer;

constexpr WallTime kEnd = WallTime::max();

Settings enforced(Settings settings) {
  settings.mode = Mode::enforce;
  return settings;
}

// Of who brought none nobody knows whether he would come again.
bool brought_mail(const RecordedSession& session) {
  return session.label.has_value() || session.summary.facts.messages > 0;
}

// Who is refused at connect, or before all that he did, is not seen by every check.
bool is_seen_by_all(const RecordedSession& session, bool was_jailed) {
  const auto& facts = session.summary.facts;
  return facts.unknown_recipients == 0 && facts.errors == 0 && facts.passwords_tried == 0 &&
         !was_jailed;
}

// Where its end is not recorded nobody knows.
bool ended_before(const SessionSummary& summary, WallTime time) {
  return summary.ended >= summary.facts.began && summary.ended < time;
}

MessageKey key_of_replayed(std::uint64_t number) {
  MessageKey key{};
  std::memcpy(key.data(), &number, sizeof number);
  return key;
}

}  // namespace

Verdict told_verdict(const Replayed& replayed) {
  auto verdict = replayed.first.verdict;
  verdict.findings = replayed.shadow.findings;
  return verdict;
}

Replay::Replay(const Settings& settings, Ledger& ledger, const ReplayOptions& options, Told told)
    : settings_(enforced(settings)),
      short_(options.memory ? std::make_optional<ShortMemory>(ledger, *options.memory, now_)
                            : std::nullopt),
      ledger_(short_ ? *short_ : ledger),
      options_(options),
      told_(std::move(told)),
      listener_(told_),
      hearing_(ledger_, listener_) {}

void Replay::take(std::shared_ptr<const RecordedSession> session) {
  if (ended_before(session->summary, now_ - kStepBackMax)) {
    end();
    now_ = kNever;
  }
  advance(std::max(now_, session->summary.facts.began));
  const auto& recorded = *session;
  Waiting waiting{{}, returns_of(recorded)};
  auto& replayed = waiting.replayed;
  replayed.session = std::move(session);
  replayed.number = count_++;
  replayed.began = now_;
  replayed.was_jailed = is_jailed(recorded);
  const bool is_seen = is_seen_by_all(recorded, replayed.was_jailed);
  if (!is_seen) replayed.shadow = shadow_of(recorded, settings_, ledger_, now_);
  replayed.first = attempt(recorded, settings_, ledger_, listener_, now_);
  if (is_seen) replayed.shadow = replayed.first.verdict;
  if (told_.judged) told_.judged(replayed);
  if (options_.feedback == ReplayOptions::Feedback::all) tell({replayed.session, replayed.number});
  const auto first = replayed.first.answer;
  settle(std::move(waiting), first);
}

bool Replay::is_jailed(const RecordedSession& session) const {
  const ClientKey client(session.summary.facts.client.address);
  return ledger_.lookup(client).sentence.serving(now_);
}

Returns Replay::returns_of(const RecordedSession& session) const {
  const auto& facts = session.summary.facts;
  return session.label == MailWord::spam
             ? Returns::of_spammer(facts, options_.spam_returns, options_.seed)
             : Returns::of_mail_server(facts, options_.seed);
}

void Replay::end() { advance(kEnd); }

void Replay::advance(WallTime time) {
  while (!waiting_.empty() || !unheard_.empty()) {
    const bool is_word = !unheard_.empty() &&
                         (waiting_.empty() || unheard_.begin()->first < waiting_.begin()->first);
    const auto due = (is_word ? unheard_.begin()->first : waiting_.begin()->first).first;
    if (due > time) break;
    now_ = due;
    if (is_word) {
      learn(unheard_.extract(unheard_.begin()).mapped());
    } else {
      come_again(std::move(waiting_.extract(waiting_.begin()).mapped()));
    }
  }
  if (time != kEnd) now_ = time;
}

void Replay::come_again(Waiting waiting) {
  ++waiting.replayed.tries;
  const auto answer =
      attempt(*waiting.replayed.session, settings_, ledger_, listener_, now_).answer;
  settle(std::move(waiting), answer);
}

void Replay::settle(Waiting waiting, Answer answer) {
  auto& replayed = waiting.replayed;
  const auto again = waiting.returns.next(replayed.tries - 1);
  if (answer == Answer::deferred && again && brought_mail(*replayed.session)) {
    const Due due{replayed.began + *again, replayed.number};
    waiting_.emplace(due, std::move(waiting));
    if (waiting_.size() > options_.waiting_max) give_up_last();
    return;
  }
  replayed.delivered = answer == Answer::let_in;
  replayed.refused = answer == Answer::refused;
  replayed.settled = now_;
  if (told_.settled) told_.settled(replayed);
  if (replayed.delivered && options_.feedback == ReplayOptions::Feedback::passed)
    tell({replayed.session, replayed.number});
}

void Replay::give_up_last() {
  auto replayed = std::move(waiting_.extract(std::prev(waiting_.end())).mapped().replayed);
  replayed.no_room = true;
  replayed.settled = now_;
  if (told_.settled) told_.settled(replayed);
}

void Replay::tell(Unheard word) {
  if (!word.session->label) return;
  if (options_.delay <= Duration::zero()) return learn(word);
  const Due due{now_ + options_.delay, word.number};
  unheard_.emplace(due, std::move(word));
}

MailWord Replay::word_of_filter(const Unheard& word) const {
  const auto chance = chance_of({options_.seed, word.number});
  const bool is_spam = word.session->label == MailWord::spam;
  const bool is_called_spam =
      is_spam ? chance < options_.filter->catches : chance < options_.filter->errs;
  return is_called_spam ? MailWord::spam : MailWord::ham;
}

void Replay::learn(const Unheard& word) {
  const auto& facts = word.session->summary.facts;
  Report report;
  report.message = key_of_replayed(word.number);
  report.client = facts.client.address;
  report.source = "filter";
  report.at = now_;
  if (facts.recipients.size() == 1)
    report.recipient = mailbox_of_path(facts.recipients.front()).policy_key();
  report.sender_domain = facts.sender.domain;
  report.word = options_.filter        ? word_of_filter(word)
                : word.session->missed ? MailWord::ham
                                       : *word.session->label;
  hearing_.tell(report, settings_);
  if (!word.session->missed) return;
  report.word = MailWord::spam;
  report.by_person = true;
  report.source = "user";
  hearing_.tell(report, settings_);
}

}  // namespace gatepost
