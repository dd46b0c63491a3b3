// The client's side of gate/smtp_session.h: greeting, commands, content.
#include "gate/smtp_session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "gate/envelope_rules.h"
#include "gate/foreign_opening.h"
#include "gate/smtp_words.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// NOOP, VRFY, transactions without a delivered message: what leads nowhere must end some time.
// Our own users may keep a connection open all day.
constexpr std::uint32_t kIdleCommandsMax = 100;
constexpr std::uint32_t kIdleCommandsOfUserMax = 1'000;
// Nor may a session go on for ever between two messages.
constexpr Duration kLongestWithoutMail = std::chrono::hours(1);
// Recipients named in one transaction beyond limits.recipients: refusing them must end, too.
constexpr std::uint64_t kRecipientsNamedMax = 10'000;
// Content need not come faster than this, over and above limits.command; who trickles is let go.
constexpr Duration kLongestForByte = std::chrono::milliseconds(2);
// Room that is kept for one reply of ours before another command is taken.
constexpr std::size_t kReplyRoom = 4096;
// Content is taken in pieces no smaller than this, so that a slow backend does not make many small
// writes.
constexpr std::size_t kContentRoom = 4096;
// For who sent its last byte and waits for an answer.
constexpr Duration kPartingPatience = std::chrono::seconds(2);
constexpr std::uint64_t kBytesEarning = 1ull << 40;  // more makes no difference
constexpr Duration kEndOfDataPatience =
    std::chrono::minutes(12);  // RFC 5321 4.5.3.2.6: ten, and some

// Our own Maildir needs none of it: its door tells it who the client is.
LegSettings leg_settings(const SessionWorld& world) {
  if (world.door.backend.kind == Backend::Kind::maildir) return {world.settings.hostname};
  return {world.settings.hostname, world.door.client_by, world.door.backend_tls};
}

SessionFacts first_facts(const SessionStart& start, const SmtpDoorSettings& door) {
  SessionFacts facts;
  facts.id = start.id;
  facts.door = "smtp";
  facts.client = start.client;
  facts.began = start.came.wall;
  facts.purpose = door.purpose;
  facts.tls = start.tls;
  facts.unclaimed = start.unclaimed;
  return facts;
}

}  // namespace

void tell_of_silent(const SessionWorld& world, const SessionStart& start,
                    std::string_view closed_by, Moment now) {
  SessionJudge judge(world.settings, world.ledger, world.recorder, first_facts(start, world.door),
                     start.questions, world.breaker, world.witness);
  judge.came(start.came.wall);
  if (start.early && foreign_opening(start.early->bytes).empty())
    judge.spoke_early(start.early->bytes, start.early->after, now.wall);
  judge.facts().greeted = start.greeted.has_value();
  if (start.greeted) judge.facts().greet_waited = *start.greeted - start.came.instant;
  judge.ended(std::string(closed_by), now.wall);
}

SmtpSession::SmtpSession(const SessionWorld& world, const SessionStart& start, Moment now)
    : world_(world),
      judge_(world_.settings, world_.ledger, world_.recorder, first_facts(start, world.door),
             start.questions, world_.breaker, world_.witness),
      leg_(leg_settings(world)),
      local_(start.local),
      offered_(world.backend_capabilities.value_or(Capabilities{})),
      backend_known_(world.backend_capabilities.has_value()),
      last_mail_(start.came.instant) {
  judge_.came(start.came.wall);
  const auto greeted = start.greeted.value_or(now.instant);
  judge_.facts().greeted = true;
  if (!start.tls) judge_.facts().greet_waited = greeted - start.came.instant;
  if (start.early) {
    if (is_no_smtp(start.early->bytes, now)) return;
    judge_.spoke_early(start.early->bytes, start.early->after, now.wall);
  }
  if (!start.greeted) say(greeting_reply(world_.settings));
  await_command(Moment{greeted, now.wall});
}

bool SmtpSession::wants_client_bytes() const {
  if (client_gone_) return false;
  switch (state_) {
    case State::handshake:
    case State::closing:
      return false;
    case State::waiting:
      return awaiting_ == Awaiting::data;  // who talks before the 354 is out of step
    case State::content:
      return leg_.content_room() >= kContentRoom;
    case State::command:
      return !about_sender_ && to_client_.room() >= kReplyRoom;
    case State::login:
    case State::draining:
      return to_client_.room() >= kReplyRoom;
  }
  assert(false);
  return false;
}

bool SmtpSession::is_no_smtp(std::string_view first_bytes, Moment now) {
  if (std::exchange(heard_, true)) return false;
  const auto what = foreign_opening(first_bytes);
  if (what.empty()) return false;
  tell_of_foreign_opening(what, world_.recorder, now.wall);
  close(words::kNotSmtp, "gate");
  return true;
}

std::size_t SmtpSession::receive(std::string_view bytes, Moment now) {
  std::size_t consumed = 0;
  if (!bytes.empty() && is_no_smtp(bytes, now)) return bytes.size();
  while (consumed < bytes.size() && wants_client_bytes()) {
    const auto rest = bytes.substr(consumed);
    if (state_ == State::command) {
      consumed += receive_command(rest, now);
    } else if (state_ == State::login) {
      consumed += receive_response(rest, now);
    } else if (state_ == State::waiting) {
      out_of_step(now);
    } else {
      consumed += receive_content(rest, now);
    }
  }
  return consumed;
}

std::size_t SmtpSession::receive_command(std::string_view bytes, Moment now) {
  const auto step = commands_.decode(bytes);
  switch (step.outcome) {
    case CommandDecoder::Outcome::need_more:
      break;
    case CommandDecoder::Outcome::line:
      execute(step.line, step.consumed < bytes.size(), now);
      break;
    default:
      refuse_line(step.outcome, now);
      break;
  }
  return step.consumed;
}

void SmtpSession::refuse_line(CommandDecoder::Outcome outcome, Moment now) {
  using Outcome = CommandDecoder::Outcome;
  if (outcome == Outcome::too_long) return answer_error(words::kLineTooLong, now);
  judge_.command_tried(true, now.wall);
  // What ends a line for one program and not for another is never passed on, and nothing behind it
  // is run.
  close(outcome == Outcome::bare_cr   ? words::kBareCr
        : outcome == Outcome::bare_lf ? words::kBareLf
        : outcome == Outcome::nul     ? words::kNul
                                      : words::kLineTooLong,
        "gate");
}

// RFC 2920 3.1: it did not wait for an answer that it must wait for. What it sent would be run as
// commands or taken as content that was never asked for.
void SmtpSession::out_of_step(Moment now) {
  judge_.command_tried(true, now.wall);
  close(words::kOutOfStep, "gate");
}

void SmtpSession::execute(std::string_view line, bool more_behind, Moment now) {
  const auto command = parse_command(line);
  if (command.sensitive_to_order && more_behind) return out_of_step(now);
  switch (command.verb) {
    case Verb::helo:
    case Verb::ehlo:
      return hello(command, now);
    case Verb::mail:
      return mail(command, now);
    case Verb::rcpt:
      return rcpt(command, now);
    case Verb::data:
      return data(command, now);
    case Verb::rset:
      return rset(command, now);
    case Verb::quit:
      return quit();
    case Verb::noop:
      return answer_idle(words::kOk, now);
    case Verb::help:
      return answer_idle(words::kHelp, now);
    case Verb::vrfy:
      return answer_idle(words::kCannotVerify, now);
    case Verb::unknown:
      return answer_error(words::kUnknown, now);
    case Verb::starttls:
      return starttls(command, now);
    case Verb::auth:
      return auth(command, now);
    case Verb::expn:
    case Verb::etrn:
    case Verb::turn:
    case Verb::atrn:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
    case Verb::xclient:
    case Verb::xforward:
      return answer_error(words::kNotOffered, now);
    case Verb::bdat:  // its payload would follow and be run as commands
      judge_.command_tried(true, now.wall);
      return close(words::kNotOffered, "gate");
    case Verb::foreign:
      judge_.command_tried(true, now.wall);
      return close(words::kForeign, "gate");
  }
}

void SmtpSession::hello(const Command& command, Moment now) {
  const auto name = command.argument;
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (name.empty() || name.size() > 255 || !printable)
    return answer_error(words::kBadArgument, now);
  judge_.facts().helo = name;
  greeted_ = true;
  esmtp_ = command.verb == Verb::ehlo;
  // RFC 5321 4.1.4: the transaction ends. The backend was told the old name; only a login is kept.
  if (facts().authenticated) return reset_backend(hello_reply(), now);
  leg_.quit();
  end_transaction();
  if (backend_known_) return answer_idle(hello_reply(), now);
  hello_asked_ = true;
  open_backend(now);
}

SmtpReply SmtpSession::hello_reply() const {
  if (!esmtp_) return {250, "", world_.settings.hostname};
  const bool starttls = world_.door.tls == DoorTls::starttls && !facts().tls;
  return ehlo_reply(world_.settings.hostname, offered_, world_.settings.limits.message_size,
                    {starttls, offers_login()});
}

void SmtpSession::mail(const Command& command, Moment now) {
  if (!greeted_) return answer_error(words::kHelloFirst, now);
  if (transaction_.open) return answer_error(words::kOutOfOrder, now);
  if (must_log_in()) return answer_error(facts().tls ? words::kLoginFirst : words::kTlsFirst, now);
  if (++idle_commands_ > idle_commands_max()) return close(words::kTooManyIdle, "gate");
  const auto size_max = offered_.size_max == 0
                            ? world_.settings.limits.message_size
                            : std::min(offered_.size_max, world_.settings.limits.message_size);
  auto ruling = rule_on_mail(command.argument, esmtp_, offered_, size_max,
                             facts().tls && !offered_.auth.empty());
  if (ruling.refusal) {
    fail_transaction(*ruling.refusal);
    return answer_error(*ruling.refusal, now);
  }
  end_transaction();
  transaction_.mail_line = std::move(ruling.line);
  transaction_.mail_bare = std::move(ruling.bare);
  transaction_.needs = ruling.needs;
  judge_.transaction_began(ruling.mailbox);
  ask_about_sender(now);
  const bool refused =
      about_sender_ ? judge_.might_refuse(now.wall) : judge_.would_refuse(now.wall);
  if (!refused) return ask_backend(now);
  // Its recipients will be refused, but for postmaster: no backend is opened for it.
  transaction_.open = true;
  answer(words::kSenderOk, now);
}

// A small office that sends over a consumer's line is known by its domain, which leads there. The
// next command waits for the answer, for what is unknown is held against nobody.
void SmtpSession::ask_about_sender(Moment now) {
  if (!world_.resolver || !judge_.name_needs_a_sender()) return;
  sender_due_ = now.instant + 2 * world_.settings.dns.timeout;
  about_sender_ = std::make_unique<SenderInquiry>(*world_.resolver, claim_of(facts()),
                                                  [this] { sender_is_known(); });
  if (about_sender_->complete()) learn_of_sender();
}

void SmtpSession::sender_is_known() {
  learn_of_sender();
  if (world_.awake) world_.awake();
}

void SmtpSession::learn_of_sender() {
  judge_.sender_leads_here(std::exchange(about_sender_, nullptr)->outcome());
}

void SmtpSession::rcpt(const Command& command, Moment now) {
  if (!transaction_.open) {  // what was pipelined behind a MAIL that failed is no error of its own
    if (transaction_.refusal) return answer_rcpt(*transaction_.refusal, now);
    return answer_error(words::kOutOfOrder, now);
  }
  auto ruling = rule_on_rcpt(command.argument, esmtp_, offered_, transaction_.needs.smtputf8);
  if (ruling.refusal) return answer_error(*ruling.refusal, now);
  if (transaction_.refusal) return answer_rcpt(*transaction_.refusal, now);
  if (transaction_.asked >= world_.settings.limits.recipients)
    return answer_rcpt(words::kTooManyRecipients, now);
  ++transaction_.asked;
  ++recipients_judged_;
  if (const auto refusal = judge_.at_recipient(ruling.mailbox, now.wall))
    return answer(*refusal, now);
  if (!relays_for(ruling.mailbox)) return answer_error(words::kNoRelay, now);
  transaction_.rcpt_line = std::move(ruling.line);
  transaction_.rcpt_bare = std::move(ruling.bare);
  if (transaction_.recipients == 0) transaction_.recipient = ruling.mailbox.policy_key();
  transaction_.needs.dsn |= ruling.needs.dsn;
  ask_backend(now);
}

// A submission door is for those who can log in (RFC 6409 4.3), and for our own relays.
bool SmtpSession::must_log_in() const {
  const bool ours = !facts().unclaimed && contains(world_.settings.trusted, facts().client.address);
  return world_.door.purpose == Purpose::submission && !facts().authenticated && !ours;
}

std::uint32_t SmtpSession::idle_commands_max() const {
  return facts().authenticated ? kIdleCommandsOfUserMax : kIdleCommandsMax;
}

bool SmtpSession::relays_for(const Mailbox& recipient) const {
  const auto& domains = world_.door.relay_domains;
  if (domains.empty() || recipient.domain.empty() || facts().authenticated) return true;
  const auto key = recipient.policy_key();
  const auto at = key.rfind('@');
  const auto domain = key.substr(at + 1);
  if (domains != std::vector<std::string>{"*"} && key.find_first_of("@%!") < at)
    return false;  // a route: the backend, that trusts us, would send it on
  return std::any_of(domains.begin(), domains.end(),
                     [&](const auto& relayed) { return relayed == "*" || relayed == domain; });
}

void SmtpSession::data(const Command& command, Moment now) {
  if (!transaction_.open && !transaction_.refusal) return answer_error(words::kOutOfOrder, now);
  if (!command.argument.empty()) return answer_error(words::kBadArgument, now);
  if (transaction_.refusal) return answer_idle(*transaction_.refusal, now);
  if (const auto refusal = judge_.at_data(now.wall)) return reset_backend(*refusal, now);
  if (transaction_.recipients == 0) return answer_idle(words::kNoRecipients, now);
  leg_.command("DATA", std::chrono::minutes(2), now.instant);  // RFC 5321 4.5.3.2.4
  state_ = State::waiting;
  awaiting_ = Awaiting::data;
  client_deadline_.reset();
}

void SmtpSession::rset(const Command& command, Moment now) {
  if (!command.argument.empty()) return answer_error(words::kBadArgument, now);
  reset_backend(words::kOk, now);
}

void SmtpSession::quit() { close(words::kBye, "client"); }

std::size_t SmtpSession::receive_content(std::string_view bytes, Moment now) {
  const bool forwarding = state_ == State::content;
  constexpr std::size_t kHeldMax = 2;  // what the decoder may put in front
  if (forwarding) bytes = bytes.substr(0, leg_.content_room() - kHeldMax);
  const auto step = content_.decode(bytes);
  transaction_.bytes += step.consumed;
  const auto patience = world_.settings.limits.command;
  const auto earned =
      kLongestForByte * static_cast<Duration::rep>(std::min(transaction_.bytes, kBytesEarning));
  client_deadline_ = std::min(now.instant, content_since_ + earned) + patience;
  if (forwarding) {
    forward(step, now);
  } else if (transaction_.bytes > 2 * world_.settings.limits.message_size) {
    close(drain_reply_, "gate");  // it was heard long enough for its end
    return step.consumed;
  }
  if (step.outcome == DataDecoder::Outcome::end) content_ended(now);
  return step.consumed;
}

void SmtpSession::forward(const DataDecoder::Step& step, Moment now) {
  const bool taken = leg_.content(step.held, now.instant) && leg_.content(step.pass, now.instant);
  assert(taken);  // no more was decoded than there was room for
  static_cast<void>(taken);
  if (auto& header = transaction_.header) {
    header->take_content(step.held);
    header->take_content(step.pass);
  }
  const auto refuse = [&](const SmtpReply& reply) {
    judge_.command_tried(true, now.wall);
    drain(reply, true);
  };
  switch (step.outcome) {
    case DataDecoder::Outcome::bare_cr:
      return refuse(words::kBareCr);
    case DataDecoder::Outcome::bare_lf:
      return refuse(words::kBareLf);
    case DataDecoder::Outcome::nul:
      return refuse(words::kNul);
    case DataDecoder::Outcome::need_more:
    case DataDecoder::Outcome::end:
      break;
  }
  if (transaction_.bytes > world_.settings.limits.message_size) drain(words::kTooBig, false);
}

void SmtpSession::content_ended(Moment now) {
  judge_.facts().bytes += transaction_.bytes;
  if (state_ == State::content) {
    leg_.end_content(kEndOfDataPatience, now.instant);
    state_ = State::waiting;
    awaiting_ = Awaiting::end_of_data;
    client_deadline_.reset();
    return;
  }
  end_transaction();
  if (close_after_drain_) return close(drain_reply_, "gate");
  answer(drain_reply_, now);
}

// The message will not be delivered: the backend is left without its end, the client heard to its
// own.
void SmtpSession::drain(const SmtpReply& final_reply, bool close_after) {
  leg_.drop();
  state_ = State::draining;
  awaiting_ = Awaiting::nothing;
  drain_reply_ = final_reply;
  close_after_drain_ = close_after;
}

void SmtpSession::client_closed(Moment now) {
  client_gone_ = true;
  switch (state_) {
    case State::handshake:
      state_ = State::closing;
      break;
    case State::command:
      leg_.quit();
      state_ = State::closing;
      break;
    case State::login:
      client_lost(now);
      break;
    case State::waiting:  // half-closed: what is under way is finished and answered
      if (awaiting_ == Awaiting::data) return client_lost(now);
      // But only the end of data is worth waiting for long: more often it has closed both ways.
      if (awaiting_ != Awaiting::end_of_data) parting_ = now.instant + kPartingPatience;
      break;
    case State::content:
    case State::draining:
      client_lost(now);
      break;
    case State::closing:
      break;
  }
}

void SmtpSession::client_lost(Moment) {
  client_gone_ = true;
  if (state_ == State::closing) return;
  // The message is complete and with the backend: cancelling would only make a duplicate (RFC
  // 1047).
  if (state_ == State::waiting && awaiting_ == Awaiting::end_of_data) return;
  leg_.drop();
  state_ = State::closing;
}

void SmtpSession::sent_to_client(std::size_t count, Moment) { to_client_.drop_front(count); }

// While places are short, who says nothing is let go sooner; not in the middle of a message.
std::optional<Instant> SmtpSession::client_deadline() const {
  const bool stressed = world_.stressed && *world_.stressed && !facts().authenticated;
  if (!client_deadline_ || !stressed || state_ != State::command) return client_deadline_;
  return std::min(*client_deadline_, command_since_ + world_.settings.stress.command);
}

std::optional<Instant> SmtpSession::deadline() const {
  if (state_ == State::closing) return std::nullopt;
  std::optional<Instant> first;
  const auto sender_due = about_sender_ ? std::optional(sender_due_) : std::nullopt;
  for (const auto& each : {leg_.deadline(), client_deadline(), parting_, sender_due}) {
    if (each) first = std::min(first.value_or(*each), *each);
  }
  return first;
}

void SmtpSession::deadline_passed(Moment now) {
  if (parting_ && now.instant >= *parting_) return client_lost(now);
  if (now.instant >= sender_due_) about_sender_.reset();
  backend_event(leg_.deadline_passed(now.instant), now);
  const auto due = client_deadline();
  if (state_ == State::closing || !due || now.instant < *due) return;
  if (state_ == State::content) leg_.drop();
  if (state_ != State::handshake) return close(words::kTimeout, "deadline");
  state_ = State::closing;  // nothing can be said in between
  closed_by_ = "deadline";
}

void SmtpSession::shut_down() {
  stopping_ = true;
  if (state_ == State::command || state_ == State::login) close(words::kStopping, "shutdown");
}

void SmtpSession::ended(Moment now) {
  if (std::exchange(told_end_, true)) return;
  judge_.ended(closed_by_, now.wall);
}

// Replies that do not fit lose all lines but their first: only a backend can make one that long.
void SmtpSession::say(const SmtpReply& reply) {
  auto bytes = reply.wire();
  if (bytes.size() > to_client_.room()) {
    bytes =
        SmtpReply{reply.code, reply.enhanced, reply.text.substr(0, reply.text.find('\n'))}.wire();
  }
  const bool fits = to_client_.append(bytes);
  assert(fits || client_gone_);
  static_cast<void>(fits);
}

void SmtpSession::answer(const SmtpReply& reply, Moment now) {
  say(reply);
  await_command(now);
}

void SmtpSession::answer_error(const SmtpReply& reply, Moment now) {
  judge_.command_tried(true, now.wall);
  if (judge_.too_many_errors()) return close(words::kTooManyErrors, "gate");
  answer(reply, now);
}

void SmtpSession::answer_idle(const SmtpReply& reply, Moment now) {
  if (++idle_commands_ > idle_commands_max()) return close(words::kTooManyIdle, "gate");
  answer(reply, now);
}

void SmtpSession::answer_rcpt(const SmtpReply& reply, Moment now) {
  const auto most = kRecipientsNamedMax + world_.settings.limits.recipients;
  if (++transaction_.asked > most) return close(words::kTooManyIdle, "gate");
  answer(reply, now);
}

void SmtpSession::close(const SmtpReply& last, std::string_view closed_by) {
  say(last);
  if (state_ == State::login) leg_.drop();  // a QUIT would be a response of its dialogue
  leg_.quit();
  state_ = State::closing;
  closed_by_ = closed_by;
}

void SmtpSession::await_command(Moment now) {
  state_ = State::command;
  awaiting_ = Awaiting::nothing;
  command_since_ = now.instant;
  client_deadline_ =
      std::min(now.instant + world_.settings.limits.command, last_mail_ + kLongestWithoutMail);
  if (client_gone_) {
    leg_.quit();
    state_ = State::closing;
  } else if (facts().authenticated && leg_.state() != BackendLeg::State::ready) {
    close(words::kLoginLost, "backend");  // a new connection would not be logged in
  } else if (stopping_) {
    close(words::kStopping, "shutdown");
  }
}

void SmtpSession::end_transaction() {
  about_sender_.reset();
  transaction_ = {};
  judge_.transaction_ended();
}

// There is none, and what the client pipelined behind its MAIL gets the same answer.
void SmtpSession::fail_transaction(const SmtpReply& refusal) {
  end_transaction();
  transaction_.refusal = refusal;
}

}  // namespace gatepost
