// Implements gate/forgetting.h.
#include "gate/forgetting.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gate/leaks.h"
#include "gate/recall.h"
#include "policy/jail_sentence.h"

namespace gatepost {
namespace {

using std::chrono::hours;

constexpr double kNearlyFull = 0.9;
constexpr double kRoomAgain = 0.8;

// At each pressure: how long after it was last here a client is forgotten of whom nothing but
// visits is known, whose mail was taken, and whose mail was labelled; and what was said of a
// message after it was first told of.
struct Patience {
  Duration visitor;
  Duration sender;
  Duration message;
  Duration labelled;
};
constexpr std::array<Patience, Forgetting::kPressureMax + 1> kPatience{{
    {kForever, kForever, kForever, kForever},
    {hours(24 * 90), kForever, kForever, kForever},
    {hours(24 * 30), hours(24 * 365), hours(24 * 90), kForever},
    {hours(24 * 7), hours(24 * 90), hours(24 * 30), hours(24 * 365)},
    {hours(24), hours(24 * 30), hours(24 * 7), hours(24 * 90)},
}};

// Our users wrote there, and that is all that is known.
bool says_only_written_to(const Record& record) {
  if (record.written_to == kNever || record.last_seen != record.written_to) return false;
  auto rest = record;
  rest.first_seen = rest.last_seen = rest.written_to = kNever;
  return rest == Record{};
}

bool tells_of_a_leak(const RecordKey& key, const Record& record) {
  return key.kind() == RecordKey::Kind::organisation && record.note.starts_with(kLeakNote);
}

}  // namespace

Forgetting::Forgetting(const Settings& settings, std::vector<Exception> exceptions, int pressure,
                       WallTime now)
    : settings_(settings), exceptions_(std::move(exceptions)), pressure_(pressure), now_(now) {}

Fate Forgetting::fate_of(const RecordKey& key, const Record& record) const {
  const bool is_client = key.kind() == RecordKey::Kind::client;
  const bool serves = record.sentence.serving(now_) || record.observed_sentence.serving(now_);
  const bool useless =
      says_only_written_to(record) ||
      (is_client ? is_useless(record) : gatepost::is_over(key, record, settings_, now_));
  const bool is_kept = was_just_written_to(record) || tells_of_a_leak(key, record);
  if (useless && !is_kept && !serves && !(is_client && is_excepted(key.client())))
    return Fate::forget;
  return is_active(record) && is_over(record) ? Fate::rest : Fate::keep;
}

bool Forgetting::was_just_written_to(const Record& record) const {
  return record.written_to != kNever && now_ - record.written_to < settings_.greet.pass_for;
}

WallTime Forgetting::messages_since() const {
  const auto pressed = kPatience.at(static_cast<std::size_t>(pressure_)).message;
  return now_ - std::min(settings_.learn.keep, pressed);
}

bool Forgetting::is_useless(const Record& record) const {
  const auto& patience = kPatience.at(static_cast<std::size_t>(pressure_));
  const bool labelled = record.ham > 0 || record.spam > 0 || record.missed_spam > 0;
  const auto pressed = labelled            ? patience.labelled
                       : record.passed > 0 ? patience.sender
                                           : patience.visitor;
  const auto keep = std::min(settings_.checks.score.remember, pressed);
  return keep < kForever && now_ - record.last_seen >= keep;
}

bool Forgetting::is_over(const Record& record) const {
  const auto since = active_since();
  const auto old = [&](WallTime time) { return time < since; };
  return old(record.connections.since) && old(record.messages.since) &&
         old(record.recipients.since) && old(record.errors.since) &&
         old(record.unknown_users.since) && old(record.passwords.since) && old(record.last_trial) &&
         old(record.observed_sentence.until) && old(record.sentence.until) &&
         standing_strikes(record.sentence, now_) == 0 &&
         standing_strikes(record.observed_sentence, now_) == 0;
}

WallTime Forgetting::active_since() const {
  const auto& checks = settings_.checks;
  auto longest = std::max<Duration>(hours(24), checks.score.trial.value_or(Duration::zero()));
  for (const auto& limit : {checks.unknown_users.limit, checks.password.limit, checks.errors.window,
                            checks.rate.connections, checks.rate.messages, checks.rate.recipients,
                            checks.rate.network_connections, checks.rate.network_messages,
                            checks.rate.network_recipients, checks.rate.network_unknown_users,
                            checks.rate.network_errors, checks.rate.network_passwords}) {
    longest = std::max(longest, limit.window);
  }
  return now_ - longest;
}

bool Forgetting::is_excepted(const ClientKey& client) const {
  // One address of an IPv6 client is excepted for all of its /64.
  const auto holds = [&](const Network& network) {
    return network.contains(client.address()) || ClientKey(network.base()) == client;
  };
  const auto any_holds = [&](const std::vector<Network>& networks) {
    return std::any_of(networks.begin(), networks.end(), holds);
  };
  return any_holds(settings_.exceptions.networks) || any_holds(settings_.trusted) ||
         std::any_of(exceptions_.begin(), exceptions_.end(), [&](const Exception& exception) {
           const auto* const network = std::get_if<Network>(&exception.whom);
           return network && holds(*network);
         });
}

void forget_network_bans(Ledger& ledger, WallTime now) {
  constexpr int kOnceMax = 5'000;
  int removed = 0;
  for (const auto& ban : ledger.network_bans()) {
    if (ban.until > now || removed == kOnceMax) continue;
    ledger.remove_network_ban(ban.network);
    ++removed;
  }
}

int pressure_after(int pressure, double share_used) {
  if (share_used >= kNearlyFull) return std::min(pressure + 1, Forgetting::kPressureMax);
  return share_used < kRoomAgain ? 0 : pressure;
}

}  // namespace gatepost
