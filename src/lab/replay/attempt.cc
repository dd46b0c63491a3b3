// Implements lab/replay/attempt.h.
#include "lab/replay/attempt.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "gate/judge.h"
#include "gate/scratch_ledger.h"
#include "gate/welcome.h"
#include "model/smtp_reply.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Answer = Attempt::Answer;

constexpr std::uint32_t kStepsMax = 1'000;

// Keeps the end of the one session, and hands on what is told.
class Listener final : public Recorder {
 public:
  explicit Listener(Recorder* next) : next_(next) {}
  void decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) override {
    if (next_) next_->decided(verdict, facts, now);
  }
  void sentenced(const Sentence& sentence, const Verdict& verdict, const SessionFacts& facts,
                 WallTime now) override {
    if (!errors_before) errors_before = own_errors(facts);
    if (next_) next_->sentenced(sentence, verdict, facts, now);
  }
  void ended(const SessionSummary& summary) override {
    verdict = summary.verdict;
    if (next_) next_->ended(summary);
  }
  void alarm(std::string_view word, std::string_view text, WallTime now) override {
    if (next_) next_->alarm(word, text, now);
  }

  Verdict verdict;
  std::optional<std::uint32_t> errors_before;  // its sentence

 private:
  Recorder* const next_;
};

Welcome welcome_of(const SessionFacts& recorded, const Settings& settings, const Ledger& ledger,
                   WallTime at) {
  return welcome({recorded.client.address, recorded.purpose, recorded.unclaimed}, settings, ledger,
                 at);
}

// Whether it is still to be greeted when it speaks; another server's greeting is on record in a
// log. Who is jailed would have had to wait.
bool speaks_early(const SessionFacts& recorded, const Welcome& received, const Settings& settings,
                  const Ledger& ledger, WallTime at) {
  if (!recorded.pregreet || recorded.door == "follow") return recorded.pregreet;
  if (is_exempt_by_name(recorded.name, recorded.client.address, settings, ledger, at)) return false;
  return recorded.early_after < (received.refused ? settings.greet.wait : received.wait);
}

// What is known of it before it does anything.
SessionFacts facts_at_first(const SessionFacts& recorded, WallTime at) {
  SessionFacts facts;
  facts.id = recorded.id.empty() ? "replayed" : recorded.id;
  facts.door = recorded.door;
  facts.purpose = recorded.purpose;
  facts.client = recorded.client;
  facts.unclaimed = recorded.unclaimed;
  facts.began = at;
  facts.name = recorded.name;
  facts.dnsbl = recorded.dnsbl;
  facts.helo = recorded.helo;
  facts.tls = recorded.tls;
  facts.greet_waited = recorded.greet_waited;
  facts.bytes = recorded.bytes;
  return facts;
}

// One session on its way through the judge.
class Course {
 public:
  // `to_its_end`: as if nothing were refused.
  Course(const SessionFacts& recorded, SessionJudge& judge, bool to_its_end, WallTime at)
      : recorded_(recorded), judge_(judge), to_its_end_(to_its_end), at_(at) {}

  Answer run(bool speaks_early) {
    judge_.came(at_);
    if (speaks_early) judge_.spoke_early(recorded_.early_bytes, recorded_.early_after, at_);
    log_in();
    write();
    err();
    const bool comes_in = heard_ > 0 && !told(judge_.at_data(at_));
    if (comes_in && let_in_ > 0) pass();
    judge_.ended("client", at_);
    return comes_in ? Answer::let_in : answer_;
  }

  // The first refusal.
  std::optional<std::uint32_t> errors_before() const { return errors_before_; }

 private:
  bool told(const std::optional<SmtpReply>& reply) {
    if (!reply) return false;
    // One that may come again is enough for the message to do so.
    const auto said = reply->code >= 500 ? Answer::refused : Answer::deferred;
    answer_ = answer_ == Answer::let_in ? said : std::min(answer_, said);
    note_refusal();
    return !to_its_end_;
  }

  void note_refusal() {
    if (!errors_before_) errors_before_ = own_errors(judge_.facts());
  }

  // From now on, whoever it names.
  bool is_turned_away() { return !to_its_end_ && judge_.would_refuse(at_); }

  void log_in() {
    for (std::uint32_t i = 0; i < std::min(recorded_.passwords_tried, kStepsMax); ++i) {
      if (told(judge_.refuses_login(at_))) return;
      judge_.password_answered(i < recorded_.passwords_failed, at_);
    }
    judge_.facts().authenticated = recorded_.authenticated;
  }

  // It named somebody though nobody says whom.
  bool names_unrecorded() const {
    return recorded_.recipients.empty() &&
           (recorded_.messages > 0 || recorded_.unknown_recipients > 0 ||
            recorded_.recipients_tried > 0 || !recorded_.sender.is_null());
  }

  void write() {
    if (recorded_.recipients.empty() && !names_unrecorded()) {
      if (!judge_.would_refuse(at_)) return;
      answer_ = Answer::deferred;
      note_refusal();
      return;
    }
    judge_.transaction_began(recorded_.sender);
    // Nothing is kept of that while the DNS is asked about the sender.
    if (recorded_.sender.domain.empty() || !judge_.name_needs_a_sender()) judge_.would_refuse(at_);
    const auto& recipients = recorded_.recipients;
    const auto named = recipients.empty() ? std::size_t{1} : recipients.size();
    const auto unknown = std::min<std::size_t>(recorded_.unknown_recipients, named);
    unnamed_ = recorded_.unknown_recipients - static_cast<std::uint32_t>(unknown);
    for (std::size_t i = 0; i < named; ++i) {
      static const Mailbox unrecorded{"not-recorded", "invalid"};
      const auto whom = recipients.empty() ? unrecorded : mailbox_of_path(recipients[i]);
      if (told(judge_.at_recipient(whom, at_))) continue;
      const bool is_unknown = i >= named - unknown;
      judge_.recipient_answered(is_unknown, at_);
      if (!is_unknown) ++let_in_;
      ++heard_;
    }
  }

  // What it did besides, as far as it came. An unknown recipient and a wrong password are errors,
  // too.
  void err() {
    if (heard_ == 0 && !recorded_.recipients.empty()) return;
    for (auto left = std::min(unnamed_, kStepsMax); left > 0 && !is_turned_away(); --left)
      judge_.recipient_answered(true, at_);
    const auto told_of = std::uint64_t{recorded_.unknown_recipients} + recorded_.passwords_failed;
    const auto others = recorded_.errors - std::min<std::uint64_t>(recorded_.errors, told_of);
    for (auto left = std::min<std::uint64_t>(others, kStepsMax); left > 0; --left)
      judge_.command_tried(true, at_);
  }

  void pass() {
    for (auto left = std::min(recorded_.messages, kStepsMax); left > 0; --left) {
      judge_.command_tried(false, at_);
      judge_.message_passed(at_);
    }
  }

  const SessionFacts& recorded_;
  SessionJudge& judge_;
  const bool to_its_end_;
  const WallTime at_;
  Answer answer_ = Answer::let_in;
  std::uint32_t heard_ = 0;    // of its recipients by the server
  std::uint32_t let_in_ = 0;   // and taken
  std::uint32_t unnamed_ = 0;  // that the server did not know, and nobody says which
  std::optional<std::uint32_t> errors_before_;
};

// Whichever came first.
std::optional<std::uint32_t> least(const std::optional<std::uint32_t>& one,
                                   const std::optional<std::uint32_t>& other) {
  return one && other ? std::min(one, other) : one ? one : other;
}

}  // namespace

std::uint32_t own_errors(const SessionFacts& facts) {
  return facts.errors + (facts.pregreet ? 1 : 0);
}

Attempt attempt(const RecordedSession& session, const Settings& settings, Ledger& ledger,
                Recorder& recorder, WallTime at) {
  const auto& recorded = session.summary.facts;
  const auto received = welcome_of(recorded, settings, ledger, at);
  const bool spared = received.unless_named && is_excepted_by_name(recorded.name, settings, ledger);
  if (received.refused && !spared) {
    const auto reply = refusal_at_connect(received, recorded.client.address, settings.jail);
    return {reply.code >= 500 ? Answer::refused : Answer::deferred,
            verdict_at_connect(received, settings.jail), 0};
  }
  Listener listener(&recorder);
  SessionJudge judge(settings, ledger, listener, facts_at_first(recorded, at));
  Attempt result;
  Course course(recorded, judge, false, at);
  result.answer = course.run(speaks_early(recorded, received, settings, ledger, at));
  result.verdict = std::move(listener.verdict);
  result.errors_before = least(course.errors_before(), listener.errors_before);
  return result;
}

Verdict shadow_of(const RecordedSession& session, const Settings& settings, const Ledger& ledger,
                  WallTime at) {
  const auto& recorded = session.summary.facts;
  const bool early =
      recorded.pregreet &&
      speaks_early(recorded, welcome_of(recorded, settings, ledger, at), settings, ledger, at);
  ScratchLedger scratch(&ledger);
  Listener listener(nullptr);
  SessionJudge judge(settings, scratch, listener, facts_at_first(recorded, at));
  Course(recorded, judge, true, at).run(early);
  return std::move(listener.verdict);
}

}  // namespace gatepost
