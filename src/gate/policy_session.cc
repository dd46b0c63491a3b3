// Implements gate/policy_session.h.
#include "gate/policy_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// Of who is asked about no more its session has ended: nobody tells of its QUIT.
constexpr Duration kClientPatience = std::chrono::seconds(20);
// Postfix closes a connection after five minutes without a request, and every so often for good.
constexpr Duration kIdlePatience = std::chrono::hours(2);
// Recipients of one message whose answers are kept.
constexpr std::size_t kAnsweredMax = 1'000;

}  // namespace

std::unique_ptr<MtaSession> make_policy_session(const MtaWorld& world, Moment now) {
  return std::make_unique<PolicySession>(world, now);
}

PolicySession::PolicySession(const MtaWorld& world, Moment now)
    : world_(world), idle_until_(now.instant + kIdlePatience) {}

std::size_t PolicySession::receive(std::string_view bytes, Moment now) {
  using Outcome = PolicyRequestDecoder::Outcome;
  const auto step = requests_.decode(bytes);
  if (step.outcome == Outcome::request) take(requests_.request(), now);
  if (step.outcome == Outcome::bad) {
    world_.recorder.alarm(
        "policy-nonsense",
        fmt::format("a mail server's request is not answered: {}", requests_.fault()), now.wall);
    finished_ = true;
  }
  return step.consumed;
}

void PolicySession::take(const PolicyRequest& request, Moment now) {
  idle_until_ = now.instant + kIdlePatience;
  if (!request.client) {  // the mail server does not know it either
    to_mta_ += policy_dunno();
    return;
  }
  meet_client(request, now);
  begin_message(request);
  client_until_ = now.instant + kClientPatience;
  const bool at_once = request.state == PolicyState::connect || request.state == PolicyState::hello
                           ? !client_->name_matters(now.wall)
                           : client_->ready(now);
  if (at_once) return answer(now);
  waiting_ = true;
}

void PolicySession::meet_client(const PolicyRequest& request, Moment now) {
  const Endpoint client{*request.client, request.client_port};
  if (client_ && client_->endpoint() != client) client_ends("client", now);
  if (!client_) client_ = std::make_unique<MtaClient>(world_, "policy", client, now);
  if (!request.helo.empty()) client_->said_hello(request.helo);
  if (!request.login.empty()) client_->logged_in(request.login);
  if (request.tls) client_->secured();
}

// Who tells no instance asks about one message of a sender after the other.
bool PolicySession::is_of_message(const PolicyRequest& request) const {
  if (!message_begun_ || request.instance != instance_) return false;
  return !instance_.empty() ||
         (!message_ended_ && client_->facts().sender == mailbox_of_path(request.sender));
}

void PolicySession::begin_message(const PolicyRequest& request) {
  if (request.state < PolicyState::mail || request.state == PolicyState::other) return;
  if (is_of_message(request)) return;
  instance_ = request.instance;
  message_begun_ = true;
  message_ended_ = false;
  answered_.clear();
  client_->began_transaction(mailbox_of_path(request.sender));
}

// The request is still that of the decoder: none is read meanwhile.
void PolicySession::answer(Moment now) {
  waiting_ = false;
  const auto& request = requests_.request();
  const bool about_recipient =
      request.state == PolicyState::recipient && !request.recipient.empty();
  const auto known = about_recipient ? answered_.find(request.recipient) : answered_.end();
  if (known != answered_.end()) {
    to_mta_ += known->second;
    return;
  }
  const auto refusal = judge(now.wall);
  const auto answer = refusal ? policy_refusal(*refusal) : policy_dunno();
  if (about_recipient && answered_.size() < kAnsweredMax)
    answered_.emplace(request.recipient, answer);
  to_mta_ += answer;
}

std::optional<SmtpReply> PolicySession::judge(WallTime now) {
  switch (requests_.request().state) {
    case PolicyState::connect:
    case PolicyState::hello:
      return client_->at_connect(now);
    case PolicyState::recipient:
      return judge_recipient(now);
    case PolicyState::data:
      return client_->judge().at_data(now);
    case PolicyState::end_of_message:
      return end_message(now);
    case PolicyState::mail:
    case PolicyState::other:
      break;
  }
  return std::nullopt;
}

std::optional<SmtpReply> PolicySession::judge_recipient(WallTime now) {
  auto& judge = client_->judge();
  auto refusal = judge.at_recipient(mailbox_of_path(requests_.request().recipient), now);
  if (!refusal) judge.recipient_answered(false, now);
  return refusal;
}

// Of what is said behind us, or of the queue, nobody tells.
std::optional<SmtpReply> PolicySession::end_message(WallTime now) {
  auto& judge = client_->judge();
  auto refusal = judge.at_data(now);
  if (refusal || std::exchange(message_ended_, true)) return refusal;
  judge.message_passed(now);
  judge.transaction_ended();
  return std::nullopt;
}

std::optional<Instant> PolicySession::deadline() const {
  if (finished_) return std::nullopt;
  if (waiting_) return client_->due();
  return client_ ? std::min(client_until_, idle_until_) : idle_until_;
}

void PolicySession::deadline_passed(Moment now) {
  if (waiting_) {
    if (client_->ready(now)) answer(now);
    return;
  }
  if (client_ && now.instant >= client_until_) client_ends("client", now);
  if (now.instant >= idle_until_) finished_ = true;
}

void PolicySession::client_ends(std::string_view closed_by, Moment now) {
  if (const auto client = std::exchange(client_, nullptr))
    client->ended(std::string(closed_by), now.wall);
  message_begun_ = false;
  answered_.clear();
  if (stopping_) finished_ = true;
}

void PolicySession::shut_down() {
  stopping_ = true;
  if (!waiting_) finished_ = true;
}

void PolicySession::ended(Moment now) { client_ends(stopping_ ? "shutdown" : "client", now); }

}  // namespace gatepost
