// Implements gate/followed_clients.h.
#include "gate/followed_clients.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kVisitsMax = 20'000;
constexpr std::size_t kRecipientsMax = 20;
constexpr std::size_t kTextMax = 320;
// Servers end a connection on which nothing is said (RFC 5321 4.5.3.2); what has no end in the log
// is over sooner.
constexpr Duration kSilence = std::chrono::minutes(10);
constexpr Duration kSilenceOfClient = std::chrono::minutes(1);
constexpr Duration kVisitOfClient = std::chrono::minutes(10);
// So long a line is awaited that tells of how many recipients the unknown ones were: the end of a
// connection that the log tells of, or else the message.
constexpr Duration kEndAwaited = std::chrono::hours(1);
constexpr Duration kMessageAwaited = std::chrono::minutes(5);
// Single steps: more at once judge nobody differently.
constexpr std::uint32_t kStepsMax = 1000;

std::uint32_t steps(std::uint32_t count) { return std::min(count, kStepsMax); }

std::string key_of(const LogEvent& event) {
  if (event.visit.empty() && !event.client) return {};
  std::string key(1, static_cast<char>('0' + static_cast<int>(event.server)));
  key += ' ';
  if (event.visit.empty()) {
    key += ClientKey(*event.client).to_string();
  } else {
    key += event.host;
    key += ' ';
    key += event.visit;
  }
  return key;
}

// As far as the log has it: texts of clients may be long.
std::string kept(std::string_view text) { return std::string(text.substr(0, kTextMax)); }

// Nothing where the line does not tell it, or it is the null sender: a bounce guesses nothing.
std::optional<Mailbox> sender_of(const LogEvent& event) {
  if (!event.sender || event.sender->empty()) return std::nullopt;
  return mailbox_of_path(*event.sender);
}

void unknown_users(SessionJudge& judge, const Mailbox& sender, std::uint32_t count, WallTime at) {
  judge.transaction_began(sender);
  for (auto left = steps(count); left > 0; --left) judge.recipient_answered(true, at);
}

void passed(SessionJudge& judge, std::uint32_t recipients, std::uint32_t messages, WallTime at) {
  for (auto left = steps(recipients); left > 0; --left) judge.recipient_answered(false, at);
  for (auto left = steps(messages); left > 0; --left) judge.message_passed(at);
}

void passwords(SessionJudge& judge, bool wrong, std::uint32_t count, WallTime at) {
  for (auto left = steps(count); left > 0; --left) judge.password_answered(wrong, at);
}

// What counts nothing, and begins no session: it is in the log beside lines that do.
bool is_remark(Kind kind) {
  constexpr std::array kRemarks = {Kind::lost,    Kind::cut_off,         Kind::timed_out,
                                   Kind::hung_up, Kind::too_many_errors, Kind::listed,
                                   Kind::blocked};
  return std::find(kRemarks.begin(), kRemarks.end(), kind) != kRemarks.end();
}

}  // namespace

void FollowedClients::heard(const LogEvent& event, const std::shared_ptr<const Settings>& settings,
                            Duration max_age, Moment now) {
  if (!is_of_connection(event.kind) || event.retold) return;
  ++counts_.events;
  if (std::chrono::abs(now.wall - event.time) > max_age) {
    ++counts_.too_old;
    return;
  }
  const auto key = key_of(event);
  if (key.empty() || (is_remark(event.kind) && !is_of_known_visit(key, event))) return;
  const auto at = std::min(event.time, now.wall);
  auto& visit = visit_of(key, event, settings, at, now);
  if (!visit.judge && event.client) begin(visit, event, at);
  visit.last = at;
  if (event.kind == Kind::unknown_user && !event.client && !event.transaction.empty()) {
    note_early(visit, event);
  } else if (visit.judge) {
    if (world_.heard) world_.heard(*visit.judge, event, at);
    happened(visit, event, at);
  }
  // Sendmail tells of its client's end first, and then of the transaction.
  if (event.kind == Kind::disconnected && visit.connections == 0 && !visit.early)
    end(by_key_.at(visit.key), "client");
}

bool FollowedClients::is_of_known_visit(const std::string& key, const LogEvent& event) const {
  const auto known = by_key_.find(key);
  if (known == by_key_.end() || !known->second->judge) return false;
  return !event.client || known->second->judge->facts().client.address == *event.client;
}

// One that is known, or a new one.
FollowedClients::Visit& FollowedClients::visit_of(const std::string& key, const LogEvent& event,
                                                  const std::shared_ptr<const Settings>& settings,
                                                  WallTime at, Moment now) {
  std::optional<Early> early;
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    auto& visit = *known->second;
    // A process that has another client now, or whose end the log does not tell.
    const bool another = visit.of_connection && event.client && visit.judge &&
                         visit.judge->facts().client.address != *event.client;
    const bool anew = visit.of_connection && event.kind == Kind::connected && visit.judge;
    const auto since = visit.waiting > 0 ? visit.waiting_since : visit.began;
    const bool too_long = !visit.of_connection && now.instant - since > kVisitOfClient;
    if (!another && !anew && !too_long) {
      visit.heard = now.instant;
      visits_.splice(visits_.end(), visits_, known->second);
      return visit;
    }
    early = std::move(visit.early);  // may be of the client that is told only now
    end_unheard(known->second, "client");
  }
  if (visits_.size() >= kVisitsMax) end(visits_.begin(), "deadline");
  Visit visit;
  visit.key = key;
  visit.began = visit.heard = now.instant;
  visit.last = at;
  visit.settings = settings;
  visit.of_connection = !event.visit.empty();
  visit.early = std::move(early);
  visits_.push_back(std::move(visit));
  by_key_[key] = std::prev(visits_.end());
  ++counts_.visits;
  return visits_.back();
}

void FollowedClients::begin(Visit& visit, const LogEvent& event, WallTime at) {
  SessionFacts facts;
  facts.id = world_.new_id(at);
  facts.door = "follow";
  facts.purpose = event.of_users ? Purpose::submission : Purpose::mx;
  facts.client.address = *event.client;
  facts.began = at;
  if (!event.host_name.empty()) {
    facts.name = {ClientName::Outcome::confirmed, to_lower(event.host_name)};
  }
  visit.judge = std::make_unique<SessionJudge>(*visit.settings, world_.ledger, world_.recorder,
                                               std::move(facts), nullptr, world_.breaker);
}

void FollowedClients::happened(Visit& visit, const LogEvent& event, WallTime at) {
  auto& judge = *visit.judge;
  auto& facts = judge.facts();
  if (!event.helo.empty()) facts.helo = kept(event.helo);
  if (!event.recipient.empty() && facts.recipients.size() < kRecipientsMax)
    facts.recipients.push_back(kept(event.recipient));
  if (event.temporary) return;
  switch (event.kind) {
    case Kind::connected:
      if (!visit.of_connection) ++visit.connections;
      return;
    case Kind::disconnected:
      return disconnected(visit, event, at);
    case Kind::unknown_user:
      return unknown_user(visit, event, at);
    case Kind::refused_relay:
    case Kind::refused_listed:
    case Kind::refused_client:
    case Kind::refused_helo:
    case Kind::refused_sender:
    case Kind::refused_recipient:
    case Kind::refused_content:
    case Kind::refused:
      for (auto left = steps(event.count); left > 0; --left) judge.recipient_answered(false, at);
      return;
    case Kind::bad_command:
      for (auto left = steps(event.count); left > 0; --left) judge.command_tried(true, at);
      return;
    case Kind::wrong_password:
      return passwords(judge, true, event.count, at);
    case Kind::logged_in:
      if (!facts.authenticated) passwords(judge, false, 1, at);
      facts.authenticated = kept(event.login);
      return;
    case Kind::spoke_early:
      if (!facts.pregreet) judge.spoke_early(event.early_bytes, event.early_after, at);
      return;
    case Kind::transaction_began:
      visit.has_transaction = true;
      return;
    case Kind::accepted:
    case Kind::transaction_ended:
      return transaction_ended(visit, event, at);
    default:
      return;  // nothing that counts
  }
}

void FollowedClients::unknown_user(Visit& visit, const LogEvent& event, WallTime at) {
  const auto sender = sender_of(event);
  if (!sender) return;
  if (!event.beside_others && !visit.has_transaction)
    return unknown_users(*visit.judge, *sender, event.count, at);
  if (visit.waiting == 0) visit.waiting_since = visit.heard;
  visit.waiting = steps(visit.waiting + steps(event.count));
  visit.sender = *sender;
}

// A process has one transaction at a time.
void FollowedClients::note_early(Visit& visit, const LogEvent& event) {
  if (!visit.early || visit.early->transaction != event.transaction)
    visit.early = Early{kept(event.transaction), 0};
  visit.early->unknown_users = steps(visit.early->unknown_users + steps(event.count));
}

// A list with five stale users in five hundred guesses nothing: who was accepted counts first.
void FollowedClients::transaction_ended(Visit& visit, const LogEvent& event, WallTime at) {
  const bool has_message = event.kind == Kind::accepted;
  passed(*visit.judge, event.recipients.value_or(has_message ? 1 : 0), has_message ? 1 : 0, at);
  const auto early = std::exchange(visit.early, {});
  const auto sender = sender_of(event);
  if (early && sender && early->transaction == event.transaction)
    unknown_users(*visit.judge, *sender, early->unknown_users, at);
  // Of how many they were is told here or nowhere.
  if (event.recipients) judge_waiting(visit, at);
  visit.waiting = 0;
}

void FollowedClients::disconnected(Visit& visit, const LogEvent& event, WallTime at) {
  passed(*visit.judge, event.recipients.value_or(0), event.messages, at);
  if (visit.connections > 0 && --visit.connections > 0) return;
  if (event.recipients || !visit.of_connection) judge_waiting(visit, at);
}

void FollowedClients::judge_waiting(Visit& visit, WallTime at) {
  const auto count = std::exchange(visit.waiting, 0);
  if (count > 0) unknown_users(*visit.judge, visit.sender, count, at);
}

// Where the log does not tell of a connection's end, this is all that there will be of a
// transaction: a message would have been told of.
void FollowedClients::end_unheard(Visits::iterator visit, std::string_view closed_by) {
  if (!visit->of_connection) judge_waiting(*visit, visit->last);
  end(visit, closed_by);
}

void FollowedClients::end(Visits::iterator visit, std::string_view closed_by) {
  if (visit->judge) visit->judge->ended(std::string(closed_by), visit->last);
  by_key_.erase(visit->key);
  visits_.erase(visit);
}

void FollowedClients::end_silent(Moment now) {
  for (auto visit = visits_.begin();
       visit != visits_.end() && now.instant - visit->heard >= kSilenceOfClient;) {
    const auto next = std::next(visit);
    const bool waits = visit->waiting > 0;
    const auto silence = visit->of_connection     ? (waits ? kEndAwaited : kSilence)
                         : waits                  ? kMessageAwaited
                         : visit->connections > 0 ? kSilence
                                                  : kSilenceOfClient;
    if (now.instant - visit->heard >= silence) end_unheard(visit, "deadline");
    visit = next;
  }
}

void FollowedClients::end_all(std::string_view closed_by) {
  while (!visits_.empty()) end(visits_.begin(), closed_by);
}

}  // namespace gatepost
