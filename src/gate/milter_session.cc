// Implements gate/milter_session.h.
#include "gate/milter_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/smtp/envelope.h"
#include "wire/smtp/unknown_user.h"

namespace gatepost {
namespace {

constexpr std::uint32_t kVersionMin = 2;
constexpr std::uint32_t kVersionMax = 6;
// What we can do without, or want, of what a mail server offers.
constexpr std::uint32_t kWanted = milter_protocol::kNoBody | milter_protocol::kNoEndOfHeaders |
                                  milter_protocol::kRejectedRecipients |
                                  milter_protocol::kNoReplyToHelo;
constexpr std::size_t kQueueIdMax = 100;

// To negotiate, and between clients; and for a client, whose content we do not see pass.
constexpr Duration kFirstPatience = std::chrono::seconds(30);
constexpr Duration kPatience = std::chrono::hours(2);
// Sendmail's word for 5.1.1 where its rules say no more.
constexpr std::string_view kNoUser = "nouser";

// As Postfix introduces what is sent on that machine, by no client; it cannot take a refusal there.
bool is_local_mail(const Endpoint& client) {
  static const auto kLocalhost = *Address::parse("127.0.0.1");
  return client.address == kLocalhost;
}

}  // namespace

std::unique_ptr<MtaSession> make_milter_session(const MtaWorld& world, Moment now) {
  return std::make_unique<MilterSession>(world, now);
}

MilterSession::MilterSession(const MtaWorld& world, Moment now)
    : world_(world), idle_until_(now.instant + kFirstPatience) {}

std::size_t MilterSession::receive(std::string_view bytes, Moment now) {
  const auto packet = packets_.decode(bytes);
  if (packet.outcome == MilterPacketDecoder::Outcome::bad) {
    fail("a packet is empty or too long", now);
  } else if (packet.outcome == MilterPacketDecoder::Outcome::packet) {
    idle_until_ = now.instant + (client_ ? kPatience : kFirstPatience);
    take(packet, now);
  }
  return packet.consumed;
}

void MilterSession::take(const Packet& packet, Moment now) {
  const auto command = packet.command;
  if (!agreed_ && command != MilterCommand::negotiate)
    return fail("it begins without a negotiation", now);
  switch (command) {
    case MilterCommand::negotiate:
      return negotiate(packet);
    case MilterCommand::macros:
      return keep_macros(packet.body);
    case MilterCommand::connect:
      return client_came(packet, now);
    case MilterCommand::helo:
      return helo(packet, now);
    case MilterCommand::mail:
      return mail(packet, now);
    case MilterCommand::recipient:
      return recipient(packet, now);
    case MilterCommand::data:
      return when_ready(now, [this](Moment then) { data(then); });
    case MilterCommand::end_of_message:
      return when_ready(now, [this](Moment then) { end_of_message(then); });
    case MilterCommand::unknown:
      return unknown_command(now);
    case MilterCommand::header:
      return header(packet);
    case MilterCommand::end_of_headers:
      return say_unless(milter_protocol::kNoEndOfHeaders);
    case MilterCommand::body:
      return say_unless(milter_protocol::kNoBody);
    case MilterCommand::abort:
      if (client_) client_->transaction_ended();
      return;
    case MilterCommand::quit_for_next:
      return client_ends("client", now);
    case MilterCommand::quit:
      client_ends("client", now);
      finished_ = true;
      return;
  }
  fail("a packet is of no kind that is known", now);
}

void MilterSession::negotiate(const Packet& packet) {
  const auto offer = parse_milter_offer(packet.body);
  if (!offer || offer->version < kVersionMin) {
    finished_ = true;
    return;
  }
  const bool wants_headers = header_interest(world_.ears, world_.settings) != HeaderInterest::none;
  const auto wanted =
      kWanted | (wants_headers ? milter_protocol::kNoReplyToHeader : milter_protocol::kNoHeaders);
  agreed_ = MilterOffer{std::min(offer->version, kVersionMax), 0, wanted & offer->protocol};
  to_mta_ += milter_offer_packet(*agreed_);
}

void MilterSession::keep_macros(std::string_view body) {
  const auto stage = milter_macros_for(body);
  if (stage == MilterCommand::mail) queue_id_.clear();
  if (const auto id = find_milter_macro(body, "i")) queue_id_ = id->substr(0, kQueueIdMax);
  if (stage == MilterCommand::mail) {
    const auto login = find_milter_macro(body, "auth_authen");
    if (login && !login->empty()) login_ = std::string(*login);
  } else if (stage == MilterCommand::recipient) {
    own_refusal_.reset();
    // Its words, {rcpt_addr}, are no guide: Sendmail puts the client's own there.
    if (find_milter_macro(body, "rcpt_mailer") == "error")
      own_refusal_ = std::string(find_milter_macro(body, "rcpt_host").value_or(""));
  } else if (stage == MilterCommand::helo && client_) {
    const auto version = find_milter_macro(body, "tls_version");
    if (version && !version->empty()) client_->secured();
  }
}

void MilterSession::client_came(const Packet& packet, Moment now) {
  client_ends("client", now);
  if (finished_) return;
  const auto told = parse_milter_connect(packet.body);
  if (!told) return fail("CONNECT tells no client", now);
  if (!told->client || is_local_mail(*told->client)) {
    to_mta_ += milter_accept_packet();
    return;
  }
  client_ = std::make_unique<MtaClient>(world_, "milter", *told->client, now);
  idle_until_ = now.instant + kPatience;
  const auto judge = [this](Moment then) { say(client_->at_connect(then.wall)); };
  if (client_->name_matters(now.wall)) return when_ready(now, judge);
  judge(now);
}

void MilterSession::helo(const Packet& packet, Moment now) {
  const auto name = parse_milter_text(packet.body);
  if (client_ && name) {
    client_->said_hello(*name);
    client_->judge().command_tried(false, now.wall);
  }
  say_unless(milter_protocol::kNoReplyToHelo);
}

void MilterSession::mail(const Packet& packet, Moment now) {
  const auto path = parse_milter_text(packet.body);
  if (!client_ || !path) return say({});
  if (const auto login = std::exchange(login_, std::nullopt)) client_->logged_in(*login);
  client_->began_transaction(mailbox_of_path(*path));
  client_->judge().command_tried(false, now.wall);
  data_judged_ = false;
  say({});
}

void MilterSession::recipient(const Packet& packet, Moment now) {
  const auto path = parse_milter_text(packet.body);
  if (!client_ || !path) return say({});
  when_ready(now, [this, recipient = mailbox_of_path(*path)](Moment then) {
    judge_recipient(recipient, then);
  });
}

void MilterSession::judge_recipient(const Mailbox& recipient, Moment now) {
  auto& judge = client_->judge();
  if (const auto status = std::exchange(own_refusal_, std::nullopt)) {
    const bool for_now = status->starts_with('4');  // it comes again
    if (!for_now)
      judge.recipient_refused(recipient, *status == kNoUser || means_unknown_user(*status),
                              now.wall);
    return say({});
  }
  ++recipients_judged_;
  const auto refusal = judge.at_recipient(recipient, now.wall);
  if (!refusal) client_->recipient_passed(recipient, now.wall);
  say(refusal);
}

void MilterSession::data(Moment now) {
  data_judged_ = true;
  say(client_ ? client_->judge().at_data(now.wall) : std::nullopt);
}

// Of the mail server's own Received field nobody tells, for that is put on top later.
void MilterSession::header(const Packet& packet) {
  const auto field = parse_milter_header(packet.body);
  if (client_ && field) client_->saw_field(field->name, field->value);
  say_unless(milter_protocol::kNoHeaders | milter_protocol::kNoReplyToHeader);
}

// Of what other filters say behind us, or the queue, nobody tells.
void MilterSession::end_of_message(Moment now) {
  if (!client_) return say({});
  auto& judge = client_->judge();
  const auto refusal = data_judged_ ? std::nullopt : judge.at_data(now.wall);
  if (!refusal) client_->message_passed(queue_id_, now.wall);
  client_->transaction_ended();
  say(refusal);
}

// The mail server has its own limit of errors.
void MilterSession::unknown_command(Moment now) {
  if (client_) client_->judge().command_tried(true, now.wall);
  say({});
}

// ---- answers

void MilterSession::when_ready(Moment now, Step step) {
  if (!client_ || client_->ready(now)) return step(now);
  go_on_ = std::move(step);
}

void MilterSession::say(const std::optional<SmtpReply>& refusal) {
  to_mta_ += refusal ? milter_refusal_packet(*refusal) : milter_continue_packet();
}

void MilterSession::say_unless(std::uint32_t not_awaited) {
  if ((agreed_->protocol & not_awaited) == 0) say({});
}

// ---- time, and the end

std::optional<Instant> MilterSession::deadline() const {
  if (finished_) return std::nullopt;
  return go_on_ ? client_->due() : idle_until_;
}

void MilterSession::deadline_passed(Moment now) {
  if (go_on_) {
    if (client_->ready(now)) std::exchange(go_on_, nullptr)(now);
  } else if (now.instant >= idle_until_) {
    client_ends("deadline", now);
    finished_ = true;
  }
}

void MilterSession::fail(std::string_view why, Moment now) {
  world_.recorder.alarm("milter-nonsense",
                        fmt::format("a mail server's connection is closed: {}", why), now.wall);
  finished_ = true;
}

void MilterSession::client_ends(std::string_view closed_by, Moment now) {
  if (const auto client = std::exchange(client_, nullptr))
    client->ended(std::string(closed_by), now.wall);
  login_.reset();
  own_refusal_.reset();
  idle_until_ = now.instant + kFirstPatience;
  if (stopping_) finished_ = true;
}

void MilterSession::shut_down() {
  stopping_ = true;
  if (!client_) finished_ = true;
}

void MilterSession::ended(Moment now) { client_ends(stopping_ ? "shutdown" : "backend", now); }

}  // namespace gatepost
