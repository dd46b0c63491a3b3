// Implements gate/wrap_session.h.
#include "gate/wrap_session.h"

#include <utility>

#include "gate/foreign_opening.h"
#include "gate/smtp_words.h"

namespace gatepost {
namespace {

SessionFacts first_facts(const std::string& id, const Endpoint& client, Moment came) {
  SessionFacts facts;
  facts.id = id;
  facts.door = "wrap";
  facts.client = client;
  facts.began = came.wall;
  facts.greeted = false;  // it is let in, and the mail server greets it
  return facts;
}

}  // namespace

WrapSession::WrapSession(const WrapWorld& world, std::string id, const Endpoint& client, Moment now)
    : world_(world),
      id_(std::move(id)),
      client_(client),
      came_(now),
      wait_ends_(now.instant),
      deadline_(now.instant) {
  const auto& settings = world_.settings;
  const auto received = welcome(who(), settings, world_.ledger, now.wall);
  held_ = received.refused && received.unless_named && world_.dns;
  if (received.refused && !held_) {
    refuse_at_connect(received, now);
    return;
  }
  if (held_) wait_ends_ += kQuestionsForAName * settings.dns.timeout;
  if (!received.refused) wait_ends_ += received.wait;
  const bool waits = wait_ends_ > now.instant;
  if (waits) ask(!received.known && !received.refused, now);
  deadline_ = wait_ends_;
  judge_.emplace(settings, world_.ledger, world_.recorder, first_facts(id_, client_, now),
                 questions_);
  judge_->came(now.wall);
  if (!waits) let_in_or_refuse(now);
}

void WrapSession::ask(bool with_lists, Moment now) {
  if (!world_.dns) return;
  auto dns = world_.dns();
  if (!with_lists) dns.lists = nullptr;
  const bool names = world_.settings.dns.names;
  if (!dns.resolver || !(names || dns.lists)) return;
  questions_ = std::make_shared<ClientQuestions>(dns, client_.address, names, now,
                                                 [this] { name_is_known(); });
  named_ = !names;
}

// Who is exempt by its name need not wait; nor need who has spoken already.
void WrapSession::name_is_known() {
  named_ = true;
  if (is_exempt_by_name(questions_->name(), client_.address, world_.settings, world_.ledger,
                        came_.wall))
    wait_ends_ = came_.instant;
  if (held_ || (early_ && !early_judged_)) deadline_ = came_.instant;
  if (wait_ends_ < deadline_) deadline_ = wait_ends_;
}

// It may be excepted by its name, and its name goes with what is told of it: so that is waited for.
void WrapSession::spoke(std::string_view first_bytes, Moment now) {
  if (stage_ != Stage::waiting || early_) return;
  early_ = EarlyTalk{std::string(first_bytes), now.instant - came_.instant};
  if (!held_ && !names_may_come()) judge_early_talk(now);
}

void WrapSession::judge_early_talk(Moment now) {
  early_judged_ = true;
  const auto what = foreign_opening(early_->bytes);
  if (!what.empty()) {
    tell_of_foreign_opening(what, world_.recorder, now.wall);
    const bool spared = world_.settings.mode == Mode::observe ||
                        is_never_judged(who(), world_.settings, world_.ledger);
    if (spared) return;  // the mail server may understand it
    refusal_ = words::kNotSmtp;
    return end(Stage::refused, "gate", now);
  }
  judge_->name();
  judge_->spoke_early(early_->bytes, early_->after, now.wall);
  refusal_ = judge_->at_greeting(now.wall);
  if (refusal_) end(Stage::refused, "gate", now);
}

void WrapSession::left(Moment now) {
  if (stage_ != Stage::waiting) return;
  if (held_) {
    const auto received = welcome(who(), world_.settings, world_.ledger, now.wall);
    if (received.refused) return refuse_at_connect(received, now);
  }
  end(Stage::left, "client", now);
}

void WrapSession::deadline_passed(Moment now) {
  if (stage_ != Stage::waiting || now.instant < deadline_) return;
  if (held_) return held_long_enough(now);
  if (early_ && !early_judged_) judge_early_talk(now);
  if (stage_ != Stage::waiting) return;
  deadline_ = wait_ends_;
  if (now.instant >= wait_ends_) let_in_or_refuse(now);
}

// Its name is known, or comes too late. Meanwhile it may have been released, or excepted.
void WrapSession::held_long_enough(Moment now) {
  const auto received = welcome(who(), world_.settings, world_.ledger, now.wall);
  const bool excepted =
      questions_ && is_excepted_by_name(questions_->name(), world_.settings, world_.ledger);
  if (received.refused && !excepted) return refuse_at_connect(received, now);
  let_in_or_refuse(now);
}

void WrapSession::let_in_or_refuse(Moment now) {
  refusal_ = judge_->at_greeting(now.wall);
  if (refusal_) return end(Stage::refused, "gate", now);
  judge_->facts().greeted = true;
  judge_->facts().greet_waited = now.instant - came_.instant;
  end(Stage::served, "mta", now);
}

void WrapSession::refuse_at_connect(const Welcome& welcome, Moment now) {
  const auto& jail = world_.settings.jail;
  if (jail.refuse_by == JailSettings::RefuseBy::reply)
    refusal_ = refusal_at_connect(welcome, client_.address, jail);
  world_.ledger.observe({ObservationKind::seen, ClientKey(client_.address), now.wall});
  world_.recorder.ended(
      {first_facts(id_, client_, came_), now.wall, verdict_at_connect(welcome, jail), "gate"});
  stage_ = Stage::refused;
}

void WrapSession::end(Stage stage, std::string_view closed_by, Moment now) {
  stage_ = stage;
  if (questions_) questions_->nobody_waits();
  judge_->ended(std::string(closed_by), now.wall);
}

}  // namespace gatepost
