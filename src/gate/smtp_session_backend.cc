// The backend's side of gate/smtp_session.h: what is asked of the mail server and what its answers
// lead to.
#include <cassert>
#include <utility>

#include "base/text.h"
#include "gate/envelope_rules.h"
#include "gate/message_names.h"
#include "gate/smtp_session.h"
#include "gate/smtp_words.h"
#include "wire/smtp/unknown_user.h"

namespace gatepost {
namespace {

constexpr Duration kEnvelopePatience = std::chrono::minutes(5);  // RFC 5321 4.5.3.2.2, 4.5.3.2.3
constexpr Duration kResetPatience = std::chrono::minutes(2);

std::string_view status_of(const SmtpReply& answer) {
  const std::string_view text = answer.text;
  if (!text.starts_with("5.") || text.size() <= 3) return {};
  return text.substr(0, text.find_first_of(" \n"));
}

}  // namespace

void SmtpSession::open_backend(Moment now) {
  state_ = State::waiting;
  awaiting_ = Awaiting::ready;
  client_deadline_.reset();
  auto name = judge_.name();
  if (!world_.settings.dns.names) name.outcome = ClientName::Outcome::none;
  leg_.start(ClientIntroduction{facts().client, local_, facts().helo, esmtp_, std::move(name)},
             now.instant);
}

// The next step of what the client asked for: login, EHLO, MAIL, RCPT.
void SmtpSession::ask_backend(Moment now) {
  if (leg_.state() != BackendLeg::State::ready) return open_backend(now);
  state_ = State::waiting;
  client_deadline_.reset();
  if (std::exchange(hello_asked_, false)) {
    offered_ = leg_.capabilities();
    backend_known_ = true;
    return answer_idle(hello_reply(), now);
  }
  if (!login_.line.empty()) return begin_login(now);
  // A server may offer less to this client than it did to our probe.
  const bool bare = !covers(leg_.capabilities(), transaction_.needs);
  auto needs = transaction_.needs;
  needs.size = needs.dsn = false;
  const bool asks_rcpt = transaction_.mail_accepted;
  awaiting_ = asks_rcpt ? Awaiting::rcpt : Awaiting::mail;
  if (!covers(leg_.capabilities(), needs))
    return give_up_backend("offers its clients less than it offers the gate", now);
  const auto& line = asks_rcpt ? (bare ? transaction_.rcpt_bare : transaction_.rcpt_line)
                               : (bare ? transaction_.mail_bare : transaction_.mail_line);
  leg_.command(line, kEnvelopePatience, now.instant);
}

// Ends the transaction on both sides: whether an envelope survives a refused DATA differs from
// server to server.
void SmtpSession::reset_backend(const SmtpReply& then_say, Moment now) {
  const bool backend_too = transaction_.mail_accepted && leg_.state() == BackendLeg::State::ready;
  end_transaction();
  if (!backend_too) return answer_idle(then_say, now);
  after_reset_ = then_say;
  leg_.command("RSET", kResetPatience, now.instant);
  state_ = State::waiting;
  awaiting_ = Awaiting::rset;
  client_deadline_.reset();
}

void SmtpSession::sent_to_backend(std::size_t count, Moment now) { leg_.sent(count, now.instant); }

void SmtpSession::backend_connected(Moment now) { leg_.connected(now.instant); }

void SmtpSession::backend_connect_failed(std::string_view why, Moment now) {
  backend_event(leg_.connect_failed(why), now);
}

void SmtpSession::backend_secured(Moment now) { backend_event(leg_.tls_started(now.instant), now); }

void SmtpSession::backend_tls_failed(std::string_view why, Moment now) {
  backend_event(leg_.tls_failed(why, now.instant), now);
}

void SmtpSession::receive_from_backend(std::string_view bytes, Moment now) {
  while (!bytes.empty()) {
    std::size_t consumed = 0;
    const auto event = leg_.receive(bytes, now.instant, consumed);
    bytes.remove_prefix(event == BackendLeg::Event::lost ? bytes.size() : consumed);
    backend_event(event, now);
  }
}

void SmtpSession::backend_closed(Moment now) { backend_event(leg_.closed(), now); }

void SmtpSession::backend_event(BackendLeg::Event event, Moment now) {
  switch (event) {
    case BackendLeg::Event::nothing:
      return;
    case BackendLeg::Event::ready:
      return ask_backend(now);
    case BackendLeg::Event::reply:
      if (const auto asked = leg_.asked())
        world_.recorder.took(Timed::backend,
                             std::chrono::duration<double>(now.instant - *asked).count());
      return backend_answered(leg_.reply(), now);
    case BackendLeg::Event::lost:
      return backend_lost(now);
  }
}

void SmtpSession::backend_answered(const SmtpReply& answer, Moment now) {
  switch (awaiting_) {
    case Awaiting::mail:
      return mail_answered(answer, now);
    case Awaiting::rcpt:
      return rcpt_answered(answer, now);
    case Awaiting::data:
      return data_answered(answer, now);
    case Awaiting::end_of_data:
      return end_of_data_answered(answer, now);
    case Awaiting::login:
      return login_answered(answer, now);
    case Awaiting::rset:
      if (answer.code != 250) leg_.drop();
      return answer_idle(after_reset_, now);
    case Awaiting::ready:
    case Awaiting::nothing:
      break;
  }
  // Before the end of data: a refusal stands, an acceptance of half a message is nonsense.
  assert(state_ == State::content);
  drain(answer.positive() || answer.code == 421 ? words::kBackendTrouble : answer, false);
}

void SmtpSession::mail_answered(const SmtpReply& backend_answer, Moment now) {
  if (backend_answer.positive() && backend_answer.code != 250)
    return give_up_backend("answers MAIL with nonsense", now);
  transaction_.mail_accepted = backend_answer.code == 250;
  if (transaction_.rcpt_line.empty()) {  // asked for at MAIL
    transaction_.open = transaction_.mail_accepted;
    if (!transaction_.open) fail_transaction(backend_answer);
    return answer(backend_answer, now);
  }
  if (transaction_.mail_accepted) return ask_backend(now);
  transaction_.rcpt_line.clear();
  answer(backend_answer, now);
}

void SmtpSession::rcpt_answered(const SmtpReply& backend_answer, Moment now) {
  if (backend_answer.code >= 300 && backend_answer.code < 400)
    return give_up_backend("answers RCPT with nonsense", now);
  transaction_.rcpt_line.clear();
  if (backend_answer.positive()) ++transaction_.recipients;
  if (!backend_answer.temporary())
    judge_.recipient_answered(means_unknown_user(backend_answer.code, status_of(backend_answer)),
                              now.wall);
  if (judge_.too_many_errors()) return close(words::kTooManyErrors, "gate");
  answer(backend_answer, now);
}

void SmtpSession::data_answered(const SmtpReply& backend_answer, Moment now) {
  if (backend_answer.code == 354) {
    leg_.begin_content();
    content_ = {};
    const auto interest = header_interest(world_.ears, world_.settings, facts());
    if (interest != HeaderInterest::none)
      transaction_.header = std::make_unique<PassingHeader>(interest);
    state_ = State::content;
    awaiting_ = Awaiting::nothing;
    content_since_ = now.instant;
    client_deadline_ = now.instant + world_.settings.limits.command;
    return say(words::kStartMail);
  }
  if (backend_answer.positive()) return give_up_backend("answers DATA with nonsense", now);
  reset_backend(backend_answer, now);
}

void SmtpSession::end_of_data_answered(const SmtpReply& backend_answer, Moment now) {
  if (leg_.state() == BackendLeg::State::content) {  // begun before the dot was sent
    if (backend_answer.positive() || backend_answer.code == 421)
      return give_up_backend("answers the end of data before its end", now);
    leg_.drop();  // what it takes the rest of the message for is not known
  }
  if (backend_answer.positive() && backend_answer.code != 250)
    return give_up_backend("answers the end of data with nonsense", now);
  if (backend_answer.positive()) {
    judge_.command_tried(false, now.wall);
    judge_.message_passed(now.wall);
    idle_commands_ = 0;
    last_mail_ = now.instant;
  }
  tell_of_message(backend_answer, now);
  end_transaction();
  answer(backend_answer, now);
}

void SmtpSession::tell_of_message(const SmtpReply& backend_answer, Moment now) {
  if (!transaction_.header) return;
  PassedMessage message{facts(), transaction_.recipients == 1 ? transaction_.recipient : "", "",
                        now.wall};
  if (backend_answer.positive()) {
    message.queue_id = queue_id_in_reply(backend_answer.text);
    tell_of_accepted(world_.ears, *transaction_.header, message, world_.settings, world_.recorder);
  } else {
    tell_of_refused(world_.ears, *transaction_.header, backend_answer, message, world_.settings,
                    world_.recorder);
  }
}

void SmtpSession::give_up_backend(std::string_view trouble, Moment now) {
  world_.recorder.alarm("backend-refuses", trouble, now.wall);
  leg_.drop();
  backend_lost(now);
}

// A backend that was told of the client may refuse it, and that is the client's answer. But a
// backend that did not understand what it was told (a PROXY header, say) sounds much the same: so
// for good only what it calls its policy (RFC 3463 3.8) is passed on, and only where it is well.
SmtpReply SmtpSession::lost_reply(Moment now) {
  const auto& refusal = leg_.refusal();
  if (!refusal || !world_.backend_well) {
    if (!leg_.trouble().empty()) world_.recorder.alarm("backend-lost", leg_.trouble(), now.wall);
    return words::kBackendTrouble;
  }
  if (refusal->permanent() && !refusal->text.starts_with("5.7.")) {
    world_.recorder.alarm("backend-lost",
                          "refuses a client at its greeting or EHLO, and not for its policy: see "
                          "its own log; the client's mail is deferred",
                          now.wall);
    return words::kBackendTrouble;
  }
  auto reply = *refusal;
  if (reply.code == 421) reply.code = 451;  // our own connection goes on
  return reply;
}

// Nothing is lost: whatever was under way is answered with a temporary failure, and so is the rest
// of the transaction.
void SmtpSession::backend_lost(Moment now) {
  // A server may well end a connection that is idle for long.
  const bool idle = state_ == State::command && transaction_.recipients == 0;
  const auto reply = idle ? words::kBackendTrouble : lost_reply(now);
  if (state_ == State::content) return drain(words::kBackendTrouble, false);
  if (state_ == State::login) return close(words::kNoBackend, "backend");
  const auto awaited = std::exchange(awaiting_, Awaiting::nothing);
  transaction_.mail_accepted = false;
  transaction_.rcpt_line.clear();
  if (std::exchange(hello_asked_, false)) return close(words::kNoBackend, "backend");
  if (!login_.line.empty() || awaited == Awaiting::login) {
    login_ = {};
    return answer_idle(words::kNoLoginNow, now);
  }
  switch (awaited) {
    case Awaiting::nothing:  // between commands
      if (facts().authenticated) return close(words::kLoginLost, "backend");
      if (transaction_.recipients > 0) transaction_.refusal = words::kBackendTrouble;
      return;
    case Awaiting::ready:
    case Awaiting::login:
    case Awaiting::mail:
      if (!transaction_.open) fail_transaction(reply);
      break;
    case Awaiting::rcpt:
      transaction_.refusal = words::kBackendTrouble;
      break;
    case Awaiting::data:
    case Awaiting::end_of_data:
      end_transaction();
      break;
    case Awaiting::rset:
      return answer(after_reset_, now);
  }
  answer(reply, now);
}

}  // namespace gatepost
