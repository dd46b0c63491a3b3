// TLS and logins in gate/smtp_session.h: STARTTLS (RFC 3207), AUTH (RFC 4954).
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "gate/smtp_session.h"
#include "gate/smtp_words.h"
#include "wire/smtp/sasl.h"

namespace gatepost {
namespace {

constexpr Duration kHandshakePatience = std::chrono::seconds(30);
constexpr Duration kLoginPatience = std::chrono::minutes(2);
// RFC 4954 4 allows AUTH more, but many servers read it as a line like any other; what is longer is
// sent when it is asked for.
constexpr std::size_t kInitialResponseMax = 480;

bool is_loopback(const std::string& host) {
  const auto address = Address::parse(host);
  if (!address) return equals_ignoring_case(host, "localhost");
  return contains({*Network::parse("127.0.0.0/8"), *Network::parse("::1")}, *address);
}

// Servers differ in the code; these say that something else was wrong (RFC 4954 6).
bool refuses_password(const SmtpReply& answer) {
  const bool other =
      answer.code == 501 || answer.code == 504 || answer.code == 534 || answer.code == 538;
  return answer.permanent() && !other;
}

}  // namespace

void SmtpSession::starttls(const Command& command, Moment now) {
  if (world_.door.tls != DoorTls::starttls) return answer_error(words::kNotOffered, now);
  if (!command.argument.empty()) return answer_error(words::kBadArgument, now);
  if (!greeted_) return answer_error(words::kHelloFirst, now);
  if (facts().tls || transaction_.open) return answer_error(words::kOutOfOrder, now);
  say(words::kReadyForTls);
  // RFC 3207 4.2: what was said in plain is forgotten, on both sides.
  end_transaction();
  leg_.quit();
  greeted_ = esmtp_ = false;
  judge_.facts().helo.clear();
  state_ = State::handshake;
  client_deadline_ = now.instant + std::min(kHandshakePatience, world_.settings.limits.command);
}

void SmtpSession::tls_started(Moment now) {
  if (state_ != State::handshake) return;
  judge_.facts().tls = true;
  await_command(now);
}

bool SmtpSession::offers_login() const {
  return facts().tls && !facts().authenticated && !offered_.auth.empty();
}

// Passwords travel to the backend inside TLS, or not off this machine.
bool SmtpSession::is_private_to_backend() const {
  return leg_.secured() || is_loopback(world_.door.backend.host);
}

void SmtpSession::auth(const Command& command, Moment now) {
  if (!facts().tls && world_.door.tls == DoorTls::starttls)
    return answer_error(words::kTlsFirst, now);
  if (!facts().tls || (backend_known_ && offered_.auth.empty()))
    return answer_error(words::kNotOffered, now);
  if (!greeted_) return answer_error(words::kHelloFirst, now);
  if (!esmtp_ || facts().authenticated || transaction_.open)
    return answer_error(words::kOutOfOrder, now);
  const auto words = split(command.argument, ' ');
  if (words[0].empty() || words.size() > 2 || (words.size() == 2 && !is_sasl_line(words[1])))
    return answer_error(words::kBadArgument, now);
  const auto mechanism =
      std::find_if(offered_.auth.begin(), offered_.auth.end(),
                   [&](const auto& offered) { return equals_ignoring_case(offered, words[0]); });
  if (mechanism == offered_.auth.end()) return answer_error(words::kNoMechanism, now);
  if (const auto refusal = judge_.refuses_login(now.wall)) return answer_idle(*refusal, now);
  login_ = {"AUTH " + *mechanism, {}, *mechanism, {}};
  if (words.size() == 2) {
    note_login_name(words[1]);
    if (words[1].size() <= kInitialResponseMax) {
      login_.line += ' ';
      login_.line += words[1];
    } else {
      login_.response = words[1];
    }
  }
  ask_backend(now);
}

// The name alone is kept: the first response of LOGIN, a part of the only one of PLAIN.
void SmtpSession::note_login_name(std::string_view response) {
  if (login_.name) return;
  if (login_.mechanism == "PLAIN") login_.name = login_of_plain(response);
  if (login_.mechanism == "LOGIN") login_.name = login_of_login(response).value_or("");
}

// With the backend there: what was read from its probe may have changed.
void SmtpSession::begin_login(Moment now) {
  const auto line = std::exchange(login_.line, {});
  const auto& mechanisms = leg_.capabilities().auth;
  if (std::find(mechanisms.begin(), mechanisms.end(), login_.mechanism) == mechanisms.end() ||
      !is_private_to_backend()) {
    world_.recorder.alarm("no-login",
                          "the backend offers no AUTH to the gate, or in plain text only; set "
                          "backend_tls = \"required\" or look at its rules for AUTH",
                          now.wall);
    return answer_idle(words::kNoLoginNow, now);
  }
  leg_.command(line, kLoginPatience, now.instant);
  awaiting_ = Awaiting::login;
}

std::size_t SmtpSession::receive_response(std::string_view bytes, Moment now) {
  const auto step = commands_.decode(bytes);
  if (step.outcome == CommandDecoder::Outcome::need_more) return step.consumed;
  commands_.limit(CommandDecoder::kLineLengthMax);
  if (step.outcome == CommandDecoder::Outcome::line && step.consumed < bytes.size()) {
    out_of_step(now);
  } else if (step.outcome == CommandDecoder::Outcome::line && is_sasl_line(step.line)) {
    note_login_name(step.line);
    state_ = State::waiting;
    awaiting_ = Awaiting::login;
    client_deadline_.reset();
    leg_.command(step.line, kLoginPatience, now.instant);
  } else {
    leg_.drop();  // in the middle of its dialogue
    login_ = {};
    if (step.outcome == CommandDecoder::Outcome::line)
      answer_error(words::kBadResponse, now);
    else
      refuse_line(step.outcome, now);
  }
  return step.consumed;
}

void SmtpSession::login_answered(const SmtpReply& backend_answer, Moment now) {
  if (backend_answer.code == 334 && login_.response) {
    const auto response = *std::exchange(login_.response, {});
    return leg_.command(response, kLoginPatience, now.instant);
  }
  if (backend_answer.code == 334) {
    say(backend_answer);
    commands_.limit(CommandDecoder::kAuthLineLengthMax);
    state_ = State::login;
    awaiting_ = Awaiting::nothing;
    client_deadline_ = now.instant + world_.settings.limits.command;
    return;
  }
  if (backend_answer.positive() && backend_answer.code != 235)
    return give_up_backend("answers AUTH with nonsense", now);
  const auto name = std::exchange(login_, {}).name;
  if (backend_answer.code == 235) {
    judge_.password_answered(false, now.wall);
    judge_.facts().authenticated = name.value_or("");
    idle_commands_ = 0;
    return answer(backend_answer, now);
  }
  if (refuses_password(backend_answer)) judge_.password_answered(true, now.wall);
  if (judge_.too_many_errors()) return close(words::kTooManyErrors, "gate");
  answer_idle(backend_answer, now);
}

}  // namespace gatepost
