// Implements gate/mta_client.h.
#include "gate/mta_client.h"

#include <algorithm>
#include <utility>

#include "gate/welcome.h"

namespace gatepost {
namespace {

// A mail server waits some thirty seconds for its milters together, and its client for it.
constexpr Duration kPatienceForNames = std::chrono::seconds(5);
constexpr Duration kPatienceForSender = std::chrono::seconds(4);
constexpr std::size_t kNameMax = 255;

SessionFacts first_facts(const MtaWorld& world, std::string_view door, const Endpoint& client,
                         WallTime now) {
  SessionFacts facts;
  facts.id = world.new_id();
  facts.door = door;
  facts.client = client;
  facts.began = now;
  return facts;
}

}  // namespace

MtaClient::MtaClient(const MtaWorld& world, std::string_view door, const Endpoint& client,
                     Moment now)
    : world_(world),
      awake_(world.awake),
      questions_(std::make_shared<ClientQuestions>(world.dns, client.address,
                                                   world.settings.dns.names, now, nullptr)),
      judge_(world.settings, world.ledger, world.recorder,
             first_facts(world, door, client, now.wall), questions_, world.breaker),
      questions_due_(now.instant + patience(kPatienceForNames)) {
  questions_->when_complete([this] { woken(); });
  judge_.came(now.wall);
}

// Two answers, one behind the other.
Duration MtaClient::patience(Duration most) const {
  return std::min<Duration>(2 * world_.settings.dns.timeout, most);
}

bool MtaClient::ready(Moment now) {
  if (due() > now.instant) return false;
  if (std::exchange(sender_is_new_, false)) ask_about_sender(now);
  return due() <= now.instant;
}

Instant MtaClient::due() const {
  Instant due{};
  if (!questions_->complete()) due = questions_due_;
  if (about_sender_ && !about_sender_->complete()) due = std::max(due, sender_due_);
  return due;
}

void MtaClient::woken() {
  if (awake_) awake_();
}

void MtaClient::said_hello(std::string_view name) {
  judge_.facts().helo = name.substr(0, kNameMax);
}

void MtaClient::logged_in(std::string_view login) {
  auto& known = judge_.facts().authenticated;
  known.reset();
  if (!login.empty()) known = login.substr(0, kNameMax);
}

Newcomer MtaClient::newcomer() const { return {endpoint().address, Purpose::submission, false}; }

bool MtaClient::name_matters(WallTime now) {
  return welcome(newcomer(), world_.settings, world_.ledger, now).unless_named;
}

std::optional<SmtpReply> MtaClient::at_connect(WallTime now) {
  if (facts().authenticated) return std::nullopt;
  const auto received = welcome(newcomer(), world_.settings, world_.ledger, now, world_.breaker);
  const bool spared =
      received.unless_named && is_excepted_by_name(judge_.name(), world_.settings, world_.ledger);
  if (!received.refused || spared) return std::nullopt;
  refused_ = true;
  judge_.refused_at_connect(received);
  return refusal_at_connect(received, endpoint().address, world_.settings.jail);
}

void MtaClient::began_transaction(const Mailbox& sender) {
  about_sender_.reset();
  sender_is_new_ = true;
  judge_.transaction_began(sender);
  header_.reset();
  recipient_.clear();
  recipients_ = 0;
  const auto interest = header_interest(world_.ears, world_.settings, facts());
  if (interest != HeaderInterest::none) header_ = std::make_unique<PassingHeader>(interest);
}

void MtaClient::recipient_passed(const Mailbox& recipient, WallTime now) {
  judge_.recipient_answered(false, now);
  if (header_ && recipients_++ == 0) recipient_ = recipient.policy_key();
}

void MtaClient::saw_field(std::string_view name, std::string_view value) {
  if (header_) header_->take_field(name, value);
}

void MtaClient::message_passed(std::string_view queue_id, WallTime now) {
  judge_.message_passed(now);
  if (!header_) return;
  const PassedMessage message{facts(), recipients_ == 1 ? recipient_ : "", std::string(queue_id),
                              now};
  tell_of_accepted(world_.ears, *header_, message, world_.settings, world_.recorder);
}

void MtaClient::transaction_ended() {
  header_.reset();
  judge_.transaction_ended();
}

// A small office that sends over a consumer's line is known by its domain, which leads there.
void MtaClient::ask_about_sender(Moment now) {
  if (!world_.dns.resolver || !judge_.name_needs_a_sender()) return;
  sender_due_ = now.instant + patience(kPatienceForSender);
  about_sender_ = std::make_unique<SenderInquiry>(*world_.dns.resolver, claim_of(facts()), [this] {
    learn_of_sender();
    woken();
  });
  if (about_sender_->complete()) learn_of_sender();
}

void MtaClient::learn_of_sender() {
  judge_.sender_leads_here(std::exchange(about_sender_, nullptr)->outcome());
}

void MtaClient::ended(std::string closed_by, WallTime now) {
  judge_.ended(refused_ ? "gate" : std::move(closed_by), now);
}

}  // namespace gatepost
