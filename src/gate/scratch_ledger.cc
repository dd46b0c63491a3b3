// Implements gate/scratch_ledger.h.
#include "gate/scratch_ledger.h"

namespace gatepost {

Record ScratchLedger::lookup(const RecordKey& key) const {
  const auto row = learnt_.find(key);
  if (row != learnt_.end()) return row->second;
  return of_base(key);
}

Record ScratchLedger::of_base(const RecordKey& key) const {
  if (!base_) return {};
  if (key.kind() != RecordKey::Kind::client) return base_->lookup(key);
  if (!last_ || last_->first != key) last_.emplace(key, base_->lookup(key));
  return last_->second;
}

void ScratchLedger::observe(const Observation& observation) {
  const auto [row, is_new] = learnt_.try_emplace(observation.of);
  if (is_new) row->second = of_base(observation.of);
  apply(row->second, observation);
}

std::optional<VerdictRow> ScratchLedger::verdict(std::string_view id) const {
  return base_ ? base_->verdict(id) : std::nullopt;
}

void ScratchLedger::sessions(WallTime since, const std::optional<ClientKey>& client,
                             const std::function<bool(const SessionRow&)>& visit) const {
  if (base_) base_->sessions(since, client, visit);
}

std::vector<SessionRow> ScratchLedger::last_sessions(const ClientKey& client,
                                                     std::size_t count_max) const {
  return base_ ? base_->last_sessions(client, count_max) : std::vector<SessionRow>();
}

void ScratchLedger::records(
    const std::optional<ClientKey>& after,
    const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  if (base_) base_->records(after, visit);
}

void ScratchLedger::active_records(
    const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  if (base_) base_->active_records(visit);
}

std::vector<Exception> ScratchLedger::exceptions() const {
  return base_ ? base_->exceptions() : std::vector<Exception>();
}

std::optional<Exception> ScratchLedger::exception_for(const Address& address) const {
  return base_ ? base_->exception_for(address) : std::nullopt;
}

std::optional<Exception> ScratchLedger::exception_for_name(std::string_view name) const {
  return base_ ? base_->exception_for_name(name) : std::nullopt;
}

std::optional<Exception> ScratchLedger::exception_for_recipient(std::string_view policy_key) const {
  return base_ ? base_->exception_for_recipient(policy_key) : std::nullopt;
}

bool ScratchLedger::excepts_domains() const { return base_ && base_->excepts_domains(); }

std::vector<NetworkBan> ScratchLedger::network_bans() const {
  return base_ ? base_->network_bans() : std::vector<NetworkBan>();
}

std::optional<NetworkBan> ScratchLedger::network_ban_for(const Address& address,
                                                         WallTime now) const {
  return base_ ? base_->network_ban_for(address, now) : std::nullopt;
}

std::optional<ToldMessage> ScratchLedger::message(const MessageKey& key) const {
  return base_ ? base_->message(key) : std::nullopt;
}

void ScratchLedger::learn(const std::vector<Observation>& observations, const ToldMessage&) {
  for (const auto& observation : observations) observe(observation);
}

std::vector<ToldMessage> ScratchLedger::messages_of(const ClientKey& client,
                                                    std::size_t count_max) const {
  return base_ ? base_->messages_of(client, count_max) : std::vector<ToldMessage>();
}

void ScratchLedger::messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                             const std::optional<ClientKey>& client,
                             const std::function<bool(const ToldMessage&)>& visit) const {
  if (base_) base_->messages(after, client, visit);
}

std::optional<RecordKey> ScratchLedger::tidy_records(
    const std::optional<RecordKey>&,
    const std::function<Fate(const RecordKey&, const Record&)>& fate_of, WallTime) {
  for (const auto& [key, record] : learnt_) fate_of(key, record);
  return std::nullopt;
}

LedgerHealth ScratchLedger::health() const { return base_ ? base_->health() : LedgerHealth(); }

}  // namespace gatepost
