// Implements gate/followed_clients.h.
#include "gate/followed_clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "wire/smtp/envelope.h"

namespace gatepost {
namespace {

using Kind = LogEvent::Kind;

constexpr std::size_t kVisitsMax = 20'000;
constexpr std::size_t kEarlyMax = 50;
constexpr std::size_t kRecipientsMax = 100;
constexpr std::size_t kTextMax = 320;
// Servers end a connection on which nothing is said (RFC 5321 4.5.3.2); what has no end in the log
// is over sooner.
constexpr Duration kSilence = std::chrono::minutes(10);
constexpr Duration kSilenceOfAddress = std::chrono::minutes(1);
constexpr Duration kVisitOfAddress = std::chrono::minutes(10);
// Single steps: more at once judge nobody differently.
constexpr std::uint32_t kStepsMax = 1000;

std::uint32_t steps(std::uint32_t count) { return std::min(count, kStepsMax); }

std::string key_of(const LogEvent& event) {
  const auto server = static_cast<int>(event.server);
  if (!event.visit.empty()) return fmt::format("{} {}", server, event.visit);
  return event.client ? fmt::format("{} {}", server, event.client->to_string()) : std::string();
}

// As far as the log has it: texts of clients may be long.
std::string kept(std::string_view text) { return std::string(text.substr(0, kTextMax)); }

std::optional<Mailbox> sender_of(const LogEvent& event) {
  if (!event.sender) return std::nullopt;
  return mailbox_of_path(*event.sender);
}

// Without a sender it may be a bounce, which guesses nothing: then it is an error like others.
void unknown_users(SessionJudge& judge, const std::optional<Mailbox>& sender, std::uint32_t count,
                   WallTime at) {
  if (sender) judge.transaction_began(*sender);
  for (auto left = steps(count); left > 0; --left) {
    if (sender) {
      judge.recipient_answered(true, at);
    } else {
      judge.command_tried(true, at);
    }
  }
}

void passed(SessionJudge& judge, std::uint32_t recipients, std::uint32_t messages, WallTime at) {
  for (auto left = steps(recipients); left > 0; --left) judge.recipient_answered(false, at);
  for (auto left = steps(messages); left > 0; --left) judge.message_passed(at);
}

void passwords(SessionJudge& judge, bool wrong, std::uint32_t count, WallTime at) {
  for (auto left = steps(count); left > 0; --left) judge.password_answered(wrong, at);
}

}  // namespace

void FollowedClients::heard(const LogEvent& event, const std::shared_ptr<const Settings>& settings,
                            Duration max_age, Moment now) {
  ++counts_.events;
  if (std::chrono::abs(now.wall - event.time) > max_age) {
    ++counts_.too_old;
    return;
  }
  if (key_of(event).empty()) return;
  const auto at = std::min(event.time, now.wall);
  auto& visit = visit_of(event, settings, at, now);
  if (!visit.judge && event.client) begin(visit, event, at);
  visit.last = at;
  if (visit.judge) {
    happened(visit, event, at);
  } else if (visit.early.size() < kEarlyMax) {
    visit.early.push_back({event.kind, event.count, event.recipients, sender_of(event)});
  }
  if (event.kind == Kind::disconnected) end(by_key_.at(visit.key), "client");
}

// One that is known, or a new one.
FollowedClients::Visit& FollowedClients::visit_of(const LogEvent& event,
                                                  const std::shared_ptr<const Settings>& settings,
                                                  WallTime at, Moment now) {
  const auto key = key_of(event);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    auto& visit = *known->second;
    // A process that has another client now, or whose end the log does not tell.
    const bool another =
        event.client && visit.judge && visit.judge->facts().client.address != *event.client;
    const bool anew = event.kind == Kind::connected && !event.sender && visit.judge;
    const bool too_long = !visit.of_connection && now.instant - visit.began > kVisitOfAddress;
    if (!another && !anew && !too_long) {
      visit.heard = now.instant;
      visits_.splice(visits_.end(), visits_, known->second);
      return visit;
    }
    end(known->second, "client");
  }
  if (visits_.size() >= kVisitsMax) end(visits_.begin(), "deadline");
  Visit visit;
  visit.key = key;
  visit.began = visit.heard = now.instant;
  visit.last = at;
  visit.settings = settings;
  visit.of_connection = !event.visit.empty();
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
  for (const auto& early : std::exchange(visit.early, {})) {
    LogEvent again;
    again.kind = early.kind;
    again.count = early.count;
    again.recipients = early.recipients;
    // The line that tells of the client tells of the sender, too, where it is the last.
    const auto sender = early.sender ? early.sender : sender_of(event);
    const auto text = sender ? sender->to_string() : std::string();
    if (sender) again.sender = text;
    happened(visit, again, at);
  }
}

void FollowedClients::happened(Visit& visit, const LogEvent& event, WallTime at) {
  auto& judge = *visit.judge;
  auto& facts = judge.facts();
  if (!event.helo.empty()) facts.helo = kept(event.helo);
  if (!event.recipient.empty() && facts.recipients.size() < kRecipientsMax)
    facts.recipients.push_back(kept(event.recipient));
  switch (event.kind) {
    case Kind::connected:
    case Kind::deferred:
      return;
    case Kind::disconnected:
      return disconnected(visit, event, at);
    case Kind::unknown_user:
      if (event.beside_others) {
        if (!event.sender || event.sender->empty()) return;
        visit.unknown_beside_others += event.count;
        visit.sender = mailbox_of_path(*event.sender);
        return;
      }
      return unknown_users(judge, sender_of(event), event.count, at);
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
    case Kind::accepted:
      return passed(judge, event.recipients, 1, at);
  }
}

// Only now it is known of how many recipients they were: a list with five stale users in five
// hundred guesses nothing.
void FollowedClients::disconnected(Visit& visit, const LogEvent& event, WallTime at) {
  passed(*visit.judge, event.recipients, event.messages, at);
  if (event.recipients > 0)
    unknown_users(*visit.judge, visit.sender, visit.unknown_beside_others, at);
}

void FollowedClients::end(Visits::iterator visit, std::string_view closed_by) {
  if (visit->judge) visit->judge->ended(std::string(closed_by), visit->last);
  by_key_.erase(visit->key);
  visits_.erase(visit);
}

void FollowedClients::end_silent(Moment now) {
  for (auto visit = visits_.begin();
       visit != visits_.end() && now.instant - visit->heard >= kSilenceOfAddress;) {
    const auto next = std::next(visit);
    const auto silence = visit->of_connection ? kSilence : kSilenceOfAddress;
    if (now.instant - visit->heard >= silence) end(visit, "deadline");
    visit = next;
  }
}

void FollowedClients::end_all(std::string_view closed_by) {
  while (!visits_.empty()) end(visits_.begin(), closed_by);
}

}  // namespace gatepost
