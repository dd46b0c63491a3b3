// Implements gate/policy_session.h.
#include "gate/policy_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

// Of who is asked about no more its session has ended; but content may take its time.
constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kPatienceForContent = std::chrono::minutes(15);
// Postfix closes a connection after five minutes without a request, and every so often for good.
constexpr Duration kIdlePatience = std::chrono::hours(2);
// Recipients of one message whose answers are kept.
constexpr std::size_t kAnsweredMax = 1'000;

}  // namespace

std::unique_ptr<MtaSession> make_policy_session(const MtaWorld& world, PolicyVisits& visits,
                                                Moment now) {
  return std::make_unique<PolicySession>(world, visits, now);
}

PolicySession::PolicySession(const MtaWorld& world, PolicyVisits& visits, Moment now)
    : world_(world), visits_(visits), idle_until_(now.instant + kIdlePatience) {}

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
  auto& client = *visit_->client;
  const bool at_once = request.state == PolicyState::connect || request.state == PolicyState::hello
                           ? !client.name_matters(now.wall)
                           : client.ready(now);
  if (at_once) return answer(now);
  waiting_ = true;
}

// By its port, where the mail server tells that; else one that writes another message may be
// another.
bool PolicySession::is_of_visit(const PolicyRequest& request) const {
  const auto& client = visit_->client->endpoint();
  if (client != Endpoint{*request.client, request.client_port}) return false;
  return client.port != 0 || !visit_->message_begun || request.instance == visit_->instance;
}

void PolicySession::meet_client(const PolicyRequest& request, Moment now) {
  const Endpoint endpoint{*request.client, request.client_port};
  if (visit_ && !is_of_visit(request)) client_ends("client", now);
  if (!visit_) visit_ = visits_.take(endpoint);
  if (!visit_) {
    visit_.emplace();
    visit_->client = std::make_unique<MtaClient>(world_, "policy", endpoint, now);
  }
  auto& client = *visit_->client;
  client.wakes(world_.awake);
  if (!request.helo.empty()) client.said_hello(request.helo);
  client.logged_in(request.login);
  if (request.tls) client.secured();
}

// Who tells no instance asks about one message of a sender after the other.
bool PolicySession::is_of_message(const PolicyRequest& request) const {
  if (!visit_->message_begun || request.instance != visit_->instance) return false;
  return !visit_->instance.empty() ||
         (!visit_->message_ended &&
          visit_->client->facts().sender == mailbox_of_path(request.sender));
}

void PolicySession::begin_message(const PolicyRequest& request) {
  if (request.state < PolicyState::mail || request.state == PolicyState::other) return;
  if (is_of_message(request)) return;
  visit_->instance = request.instance;
  visit_->message_begun = true;
  visit_->message_ended = false;
  visit_->let_in = false;
  visit_->answered.clear();
  visit_->client->began_transaction(mailbox_of_path(request.sender));
}

// The request is still that of the decoder: none is read meanwhile.
void PolicySession::answer(Moment now) {
  waiting_ = false;
  const auto& request = requests_.request();
  const bool about_recipient =
      request.state == PolicyState::recipient && !request.recipient.empty();
  auto& answered = visit_->answered;
  const auto known = about_recipient ? answered.find(request.recipient) : answered.end();
  if (known != answered.end()) {
    to_mta_ += known->second;
  } else {
    const auto refusal = judge(now.wall);
    const auto answer = refusal ? policy_refusal(*refusal) : policy_dunno();
    if (about_recipient && answered.size() < kAnsweredMax)
      answered.emplace(request.recipient, answer);
    visit_->let_in |= about_recipient && !refusal;
    to_mta_ += answer;
  }
  wait_for_next(now);
}

void PolicySession::wait_for_next(Moment now) {
  const bool content_comes = visits_.hear_of_ends() && visit_->let_in && !visit_->message_ended;
  visit_->until = now.instant + (content_comes ? kPatienceForContent : kPatience);
  if (stopping_) finished_ = true;
}

std::optional<SmtpReply> PolicySession::judge(WallTime now) {
  switch (requests_.request().state) {
    case PolicyState::connect:
    case PolicyState::hello:
      return visit_->client->at_connect(now);
    case PolicyState::recipient:
      return judge_recipient(now);
    case PolicyState::data:
      return visit_->client->judge().at_data(now);
    case PolicyState::end_of_message:
      return end_message(now);
    case PolicyState::mail:
    case PolicyState::other:
      break;
  }
  return std::nullopt;
}

std::optional<SmtpReply> PolicySession::judge_recipient(WallTime now) {
  auto& client = *visit_->client;
  const auto recipient = mailbox_of_path(requests_.request().recipient);
  ++recipients_judged_;
  auto refusal = client.judge().at_recipient(recipient, now);
  if (!refusal) client.recipient_passed(recipient, now);
  return refusal;
}

// Of what is said behind us, or of the queue, nobody tells.
std::optional<SmtpReply> PolicySession::end_message(WallTime now) {
  visits_.heard_of_end();
  auto& client = *visit_->client;
  auto refusal = client.judge().at_data(now);
  if (refusal || std::exchange(visit_->message_ended, true)) return refusal;
  client.message_passed(requests_.request().queue_id, now);
  client.transaction_ended();
  return std::nullopt;
}

std::optional<Instant> PolicySession::deadline() const {
  if (finished_) return std::nullopt;
  if (waiting_) return visit_->client->due();
  return visit_ ? std::min(visit_->until, idle_until_) : idle_until_;
}

void PolicySession::deadline_passed(Moment now) {
  if (waiting_) {
    if (visit_->client->ready(now)) answer(now);
    return;
  }
  if (visit_ && now.instant >= visit_->until) client_ends("client", now);
  if (now.instant >= idle_until_) finished_ = true;
}

void PolicySession::client_ends(std::string_view closed_by, Moment now) {
  if (const auto visit = std::exchange(visit_, std::nullopt))
    visit->client->ended(std::string(closed_by), now.wall);
}

void PolicySession::shut_down() {
  stopping_ = true;
  if (!waiting_) finished_ = true;
}

// Its client may be asked about over another connection; but none that still waits for an answer.
void PolicySession::ended(Moment now) {
  const bool goes_on = visit_ && !stopping_ && !waiting_ && visit_->client->endpoint().port != 0;
  if (goes_on) {
    visit_->until = now.instant + kPatience;
    return visits_.keep(*std::exchange(visit_, std::nullopt), now);
  }
  client_ends(stopping_ ? "shutdown" : "client", now);
}

}  // namespace gatepost
