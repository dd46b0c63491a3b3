// Implements gate/recent_mail.h.
#include "gate/recent_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "gate/written_to.h"
#include "wire/received/border.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr Duration kClockAgrees = std::chrono::minutes(1);
constexpr std::size_t kVisitsMax = 20'000;
constexpr std::size_t kDomainMax = 253;
// What is known of one is told again after a while, so that a busy list writes little.
constexpr Duration kToldAgain = std::chrono::hours(1);

bool is_ours(const Address& client, const Settings& settings) {
  const auto& own = settings.own_addresses;
  return contains(settings.trusted, client) ||
         std::find(own.begin(), own.end(), client) != own.end();
}

// Of servers whose lines of messages do not tell all of the client.
bool has_visits(const LogEvent& event) {
  return !event.visit.empty() &&
         (event.server == MailServer::sendmail || event.server == MailServer::opensmtpd);
}

std::string visit_key(const LogEvent& event) {
  return fmt::format("{} {} {}", to_string(event.server), event.host, event.visit);
}

std::string domain_of(const std::optional<std::string_view>& sender) {
  if (!sender || sender->empty()) return {};
  const auto key = mailbox_of_path(*sender).policy_key();
  const auto at = key.rfind('@');
  return at == std::string::npos ? std::string() : key.substr(at + 1).substr(0, kDomainMax);
}

std::string as_compared(std::string_view recipient) {
  return recipient.empty() ? std::string() : mailbox_of_path(recipient).policy_key();
}

std::optional<MessageIdDigest> digest_if_any(std::string_view message_id) {
  return message_id.empty() ? std::nullopt : std::optional(digest_of_message_id(message_id));
}

// Of several words of one source about a message, as for several recipients, spam stands.
bool said(const ToldMessage& message, std::string_view source, MailWord word) {
  return std::any_of(message.claims.begin(), message.claims.end(), [&](const Claim& claim) {
    return claim.source == source && claim.word == word;
  });
}

}  // namespace

RecentMail::RecentMail(Ledger& ledger, Hearing& hearing, Exclusively exclusively)
    : ledger_(ledger), hearing_(hearing), exclusively_(std::move(exclusively)) {}

void RecentMail::alone(const std::function<void()>& work) const {
  if (exclusively_) {
    exclusively_(work);
  } else {
    work();
  }
}

void RecentMail::came(const CameIn& message, const Settings& settings) {
  if (message.queue_id.empty() && message.message_id.empty()) return;
  alone([&] {
    now_ = std::max(now_, message.at);
    at_ = message.at;
    const auto whose = message.by_user                     ? Whose::user
                       : is_ours(message.client, settings) ? Whose::machine
                                                           : Whose::stranger;
    const auto known = message.queue_id.empty() ? lately_named(message) : std::nullopt;
    const auto place = known ? *known : message_of(message.client, message.queue_id, whose);
    place->sender_domain = message.sender_domain.substr(0, kDomainMax);
    place->recipient = cut_logged(message.recipient);
    place->of_door = true;
    was_accepted(place, settings);
    name(place, message.message_id, settings);
  });
}

// A filter's word that was read before is of it, and of no refusal.
void RecentMail::was_accepted(Place message, const Settings& settings) {
  if (!message->refusal_sought) return;
  called_spam_.forget(message->client, message->key);
  if (!message->own_key) return;
  const auto refused = std::exchange(message->key, *std::exchange(message->own_key, std::nullopt));
  refused_.add({message->client, message->message_id, refused, message->called_at});
  tell(message, MailWord::spam, message->called_by, message->called_at, settings);
}

MessageKey RecentMail::refused(const CameIn& message, const MessageKey& key,
                               const Settings& settings) {
  auto known = key;
  alone([&] {
    now_ = std::max(now_, message.at);
    at_ = message.at;
    const auto message_id = digest_if_any(message.message_id);
    if (const auto called_spam = called_spam_.take(message.client, message_id, message.at)) {
      known = *called_spam;
      return;
    }
    refused_.add({message.client, message_id, key, message.at});
    if (!message_id || lately_named(message)) return;
    // A filter that tells its message-id alone may speak of it.
    const auto place = message_of(message.client, {}, Whose::stranger);
    place->key = key;
    place->sender_domain = message.sender_domain.substr(0, kDomainMax);
    place->recipient = cut_logged(message.recipient);
    place->of_door = true;
    name(place, message.message_id, settings);
  });
  return known;
}

void RecentMail::refused_content(WallTime at) {
  alone([&] { early_.note_refusal(at); });
}

// That a log has told of, so shortly before that it is this one.
std::optional<RecentMail::Place> RecentMail::lately_named(const CameIn& message) const {
  const auto named = messages_.of_message_id(message.message_id);
  if (!named || named->message->client != message.client || named->message->of_door)
    return std::nullopt;
  return named->message->named_at < message.at - kAwaited ? std::nullopt
                                                          : std::optional(named->message);
}

void RecentMail::heard(const LogEvent& event, WallTime at, const Settings& settings) {
  if (event.retold) return;
  const auto hear = [&](const std::function<void()>& what) {
    alone([&] {
      now_ = std::max(now_, at);
      at_ = at;
      what();
    });
  };
  switch (event.kind) {
    case Kind::connected:
    case Kind::disconnected:
      if (has_visits(event)) hear([&] { note_visit(event); });
      return;
    case Kind::logged_in:
      if (has_visits(event)) hear([&] { note_visit(event); });
      [[fallthrough]];
    case Kind::transaction_began:
    case Kind::accepted:
      return hear([&] { began(event, settings); });
    case Kind::message_id:
      return hear([&] { named(event, settings); });
    case Kind::queued:
      return hear([&] { queued(event); });
    case Kind::delivered:
      if (settings.learn.sent && event.relay) hear([&] { delivered(event, at, settings); });
      return;
    case Kind::removed:
      return hear([&] {
        const auto found = messages_.of_transaction(event.transaction);
        if (found && !found->again) found->message->removed = true;
      });
    case Kind::judged_ham:
    case Kind::judged_spam:
    case Kind::judged_virus:
      if (settings.learn.logs) hear([&] { judged(event, at, settings); });
      return;
    case Kind::refused_content:
    case Kind::deferred:
      return hear([&] { early_.note_refusal(event, at); });
    default:
      if (!event.of_ours) return;
      return hear([&] { has_visits(event) ? note_visit(event) : put_in(event); });
  }
}

void RecentMail::note_visit(const LogEvent& event) {
  auto key = visit_key(event);
  const auto known = by_visit_.find(key);
  if (event.kind == Kind::disconnected) {
    if (known == by_visit_.end()) return;
    visits_.erase(known->second);
    by_visit_.erase(known);
    return;
  }
  if (known == by_visit_.end() && visits_.size() >= kVisitsMax) {
    by_visit_.erase(visits_.front().key);
    visits_.pop_front();
  }
  const bool anew = event.kind != Kind::logged_in;
  const auto visit = known == by_visit_.end() ? visits_.emplace(visits_.end()) : known->second;
  visits_.splice(visits_.end(), visits_, visit);
  if (anew) *visit = {};
  visit->key = key;
  if (event.client) visit->client = event.client;
  visit->logged_in |= event.kind == Kind::logged_in;
  visit->of_ours |= event.of_ours;
  by_visit_[std::move(key)] = visit;
}

const RecentMail::Visit* RecentMail::visit_of(const LogEvent& event) const {
  if (!has_visits(event)) return nullptr;
  const auto known = by_visit_.find(visit_key(event));
  return known == by_visit_.end() ? nullptr : &*known->second;
}

// One that is known by that name, or a new one. What a door of ours says of its client stands above
// a log in which the gate itself is the client.
RecentMail::Place RecentMail::message_of(const Address& client, std::string_view transaction,
                                         Whose whose) {
  const auto found = messages_.of_transaction(transaction);
  const bool known = found && !found->again && !found->message->removed;
  if (known && found->message->client == client) {
    if (whose == Whose::user) found->message->whose = whose;
    return found->message;
  }
  if (known && found->message->whose == Whose::stranger && whose == Whose::machine)
    return found->message;
  std::optional<Message> logged;
  if (known && found->message->whose == Whose::machine) {
    logged = *found->message;
    messages_.drop(found->message);
  }
  if (messages_.size() >= kMessagesMax) messages_.drop(messages_.oldest());
  const auto message = messages_.begin(client, transaction);
  if (logged && logged->message_id) {
    messages_.name(message, *logged->message_id, logged->named_at);
    message->named_first = logged->named_first;
  }
  if (!transaction.empty()) message->key = key_of_queued(client, transaction);
  message->since = now_;
  message->whose = whose;
  return message;
}

// A filter, or who forwards, hands a message in again through a machine of ours, with its
// message-id: then it is the one that came first.
RecentMail::Place RecentMail::name(Place message, std::string_view message_id,
                                   const Settings& settings) {
  const auto first = messages_.of_message_id(message_id);
  if (message->whose == Whose::machine && first && first->message != message) {
    if (first->of_several) {
      message->whose = Whose::nobody;
      return message;
    }
    const auto transaction = message->transaction;
    messages_.drop(message);
    messages_.came_again(transaction, message_id);
    return first->message;
  }
  if (!message_id.empty() && !message->message_id) {
    messages_.name(message, message_id, at_);
    if (message->key == MessageKey{})
      message->key = key_of_message_id(message->client, message_id, at_);
  }
  take_early_labels(message, settings);
  return message;
}

void RecentMail::began(const LogEvent& event, const Settings& settings) {
  if (event.transaction.empty() && event.message_id.empty()) return;
  auto client = event.client;
  bool logged_in = event.kind == Kind::logged_in;
  if (const auto* const visit = visit_of(event)) {
    if (!client) client = visit->client;
    logged_in |= visit->logged_in;
    if (!client && visit->of_ours) return put_in(event);
  }
  if (!client) return;
  const auto whose = logged_in                    ? Whose::user
                     : is_ours(*client, settings) ? Whose::machine
                                                  : Whose::stranger;
  const auto message = message_of(*client, event.transaction, whose);
  if (event.sender) {
    message->has_sender = !event.sender->empty();
    message->sender_domain = domain_of(event.sender);
  }
  if (!event.recipient.empty() && event.recipients.value_or(1) == 1)
    message->recipient = as_compared(event.recipient);
  message->named_first |= names_first(event);
  name(message, event.message_id, settings);
}

// By a program on this host.
void RecentMail::put_in(const LogEvent& event) {
  if (event.transaction.empty()) return;
  const auto message = message_of(Address{}, event.transaction, Whose::machine);
  if (event.sender) message->has_sender = !event.sender->empty();
}

void RecentMail::named(const LogEvent& event, const Settings& settings) {
  const auto found = messages_.of_transaction(event.transaction);
  if (!found || (!found->again && found->message->removed)) {
    messages_.came_again(event.transaction, event.message_id);
  } else if (!found->again) {
    found->message->named_first |= names_first(event);
    name(found->message, event.message_id, settings);
  }
}

void RecentMail::queued(const LogEvent& event) {
  if (event.of_ours) put_in(event);
  const auto found = messages_.of_transaction(event.transaction);
  if (!found || !event.sender) return;
  auto& message = *found->message;
  message.has_sender = !event.sender->empty();
  if (message.sender_domain.empty()) message.sender_domain = domain_of(event.sender);
}

void RecentMail::judged(const LogEvent& event, WallTime at, const Settings& settings) {
  ++counts_.judged;
  if (event.of_ours) return;
  auto label = event;
  // spamd's client is who asks it.
  if (event.server == MailServer::spamd || (event.client && is_ours(*event.client, settings)))
    label.client.reset();
  const auto found = messages_.of_label(label);
  if (found && early_.is_of(**found, label, at)) {
    const auto message = (*found)->message_id ? *found : name(*found, event.message_id, settings);
    if (message->sender_domain.empty()) message->sender_domain = domain_of(event.sender);
    if (message->recipient.empty()) message->recipient = as_compared(event.recipient);
    tell(message, word_of(event.kind), event.server, at, settings);
  } else if (!early_.add(label, at, now_)) {
    ++counts_.unjoined;
  }
}

// Spam of which it was in doubt whose it is.
void RecentMail::settle(WallTime before, const Settings& settings) {
  while (const auto message_id = early_.settle_older(before)) {
    const auto named = messages_.of_message_id(*message_id);
    if (named && !named->of_several) take_early_labels(named->message, settings);
  }
}

void RecentMail::take_early_labels(Place message, const Settings& settings) {
  while (const auto early = early_.take(*message))
    tell(message, early->word, early->from, early->at, settings);
}

void RecentMail::tell(Place message, MailWord word, MailServer from, WallTime at,
                      const Settings& settings) {
  if (message->whose != Whose::stranger) return;
  if (word == MailWord::spam) seek_refusal(message, from, at);
  Report report;
  report.message = message->key;
  report.client = message->client;
  report.word = word;
  report.source = to_string(from);
  report.at = at;
  report.recipient = message->recipient;
  report.sender_domain = message->sender_domain;
  tell(report, settings);
}

void RecentMail::seek_refusal(Place message, MailServer from, WallTime at) {
  if (message->of_door) return refused_.forget(message->client, message->key);
  if (message->refusal_sought) return;
  message->refusal_sought = true;
  if (const auto refused = refused_.take(message->client, message->message_id, at)) {
    message->own_key = std::exchange(message->key, *refused);
    message->called_by = from;
    message->called_at = at;
  } else {
    called_spam_.add({message->client, message->message_id, message->key, at});
  }
}

// By the filter's own names for it.
void RecentMail::tell_alone(const EarlyLabels::Early& label, const Settings& settings) {
  if (!label.client) {
    ++counts_.unjoined;
    return;
  }
  Report report;
  report.client = *label.client;
  report.word = label.word;
  report.source = to_string(label.from);
  report.at = label.at;
  report.recipient = as_compared(label.recipient);
  report.sender_domain = domain_of(label.sender);
  report.message = key_alone(label, settings);
  tell(report, settings);
}

MessageKey RecentMail::key_alone(const EarlyLabels::Early& label, const Settings& settings) {
  const auto& client = *label.client;
  std::optional<MessageKey> refused;
  if (label.word == MailWord::spam) {
    refused = refused_.take(client, digest_if_any(label.message_id), label.at);
    // Of several message-ids a filter sees one.
    if (!refused) refused = refused_.take(client, {}, label.at);
  }
  if (refused && !label.transaction.empty()) {
    // What other filters say of it is of the same.
    const auto message = message_of(client, label.transaction, Whose::stranger);
    message->key = *refused;
    message->refusal_sought = true;
    take_early_labels(message, settings);
  }
  if (refused) return *refused;
  if (!label.transaction.empty()) return key_of_queued(client, label.transaction);
  if (!label.message_id.empty()) return key_of_message_id(client, label.message_id, label.at);
  // Times of logs may be of whole seconds.
  return key_of_name(fmt::format("{} {} {} {} {}\n{}", to_string(label.from), client.to_string(),
                                 epoch_milliseconds(label.at), to_string(label.word),
                                 label.sender.value_or(""), label.recipient));
}

void RecentMail::tell(const Report& report, const Settings& settings) {
  if (report.word == MailWord::ham) {
    const auto known = ledger_.message(report.message);
    if (known && said(*known, report.source, MailWord::spam)) return;
  }
  hearing_.tell(report, settings);
}

void RecentMail::delivered(const LogEvent& event, WallTime at, const Settings& settings) {
  const auto found = messages_.of_transaction(event.transaction);
  if (!found) return;
  const auto& message = *found->message;
  const bool ours = message.whose == Whose::machine || message.whose == Whose::user;
  const bool has_sender = event.sender ? !event.sender->empty() : message.has_sender;
  const auto relay = *event.relay;
  if (!ours || !has_sender || is_private(relay) || is_ours(relay, settings)) return;
  ++counts_.sent;
  wrote_to(ClientKey(relay), at, settings);
  const auto mailbox = mailbox_of_path(event.recipient).policy_key();
  const auto domain = mailbox.substr(std::min(mailbox.size(), mailbox.rfind('@') + 1));
  for (const auto& name : {to_lower(event.relay_name), domain}) {
    const auto key = organisation_key({ClientName::Outcome::confirmed, name}, relay, settings);
    if (key.kind() == RecordKey::Kind::organisation) wrote_to(key, at, settings);
  }
}

void RecentMail::wrote_to(const RecordKey& key, WallTime at, const Settings& settings) {
  const auto record = ledger_.lookup(key);
  if (record.written_to != kNever && at - record.written_to < kToldAgain) return;
  if (!is_written_to(record, settings, now_)) {
    if (now_ - hour_ >= std::chrono::hours(1)) {
      hour_ = now_;
      newly_known_ = 0;
    }
    if (newly_known_ >= kNewlyKnownMax) return;
    ++newly_known_;
  }
  ledger_.observe(Observation{ObservationKind::written_to, key, at});
}

void RecentMail::expire(WallTime now, const Settings& settings) {
  alone([&] {
    if (now < now_ - kClockAgrees) set_back(now);
    now_ = std::max(now_, now);
    settle(now_ - EarlyLabels::kInDoubt, settings);
    while (const auto label = early_.take_older(now_ - kAwaited)) tell_alone(*label, settings);
    const auto unjoined_since = now_ - kAwaited - 2 * UnjoinedMail::kTogether;
    refused_.forget(unjoined_since);
    called_spam_.forget(unjoined_since);
    while (messages_.size() > 0 && messages_.oldest()->since < now_ - kRemembered)
      messages_.drop(messages_.oldest());
  });
}

// The clock was, and nothing may wait for the time that it had.
void RecentMail::set_back(WallTime now) {
  now_ = now;
  hour_ = std::min(hour_, now);
  early_.set_back(now);
  messages_.for_each([&](Message& message) { message.since = std::min(message.since, now); });
  refused_ = {};
  called_spam_ = {};
}

std::optional<RecentMail::Known> RecentMail::find(std::string_view message_id) const {
  std::optional<Known> known;
  alone([&] {
    const auto named = messages_.of_message_id(message_id);
    if (!named || named->of_several || named->message->whose != Whose::stranger) return;
    known = Known{named->message->client, named->message->key};
  });
  return known;
}

RecentMail::Counts RecentMail::counts() const {
  Counts counts;
  alone([&] { counts = counts_; });
  return counts;
}

}  // namespace gatepost
