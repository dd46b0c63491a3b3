// Implements gate/watched_ledger.h.
#include "gate/watched_ledger.h"

namespace gatepost {
namespace {

// Whether it may begin, end or replace a sentence.
bool changes_standing(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::sentenced:
    case ObservationKind::released:
    case ObservationKind::begun_anew:
    case ObservationKind::rested:
    case ObservationKind::taken_back:
      return true;
    default:
      return false;
  }
}

}  // namespace

void WatchedLedger::observe(const Observation& observation) {
  ledger_.observe(observation);
  tell_of(observation);
}

void WatchedLedger::tell_of(const Observation& observation) {
  if (observation.of.kind() == RecordKey::Kind::client && changes_standing(observation.kind))
    listener_.standing_changed(observation.of.client());
}

void WatchedLedger::learn(const std::vector<Observation>& observations,
                          const ToldMessage& message) {
  ledger_.learn(observations, message);
  for (const auto& observation : observations) tell_of(observation);
}

bool WatchedLedger::forget(const ClientKey& client) {
  const bool known = ledger_.forget(client);
  if (known) listener_.standing_changed(client);
  return known;
}

bool WatchedLedger::add_exception(const Exception& exception) {
  const bool added = ledger_.add_exception(exception);
  if (added) listener_.exceptions_changed();
  return added;
}

bool WatchedLedger::remove_exception(const Excepted& whom) {
  const bool removed = ledger_.remove_exception(whom);
  if (removed) listener_.exceptions_changed();
  return removed;
}

bool WatchedLedger::add_network_ban(const NetworkBan& ban) {
  const bool added = ledger_.add_network_ban(ban);
  if (added) listener_.network_bans_changed();
  return added;
}

bool WatchedLedger::remove_network_ban(const Network& network) {
  const bool removed = ledger_.remove_network_ban(network);
  if (removed) listener_.network_bans_changed();
  return removed;
}

}  // namespace gatepost
