// Implements ledger/memory/memory_ledger.h.
#include "ledger/memory/memory_ledger.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

namespace gatepost {
namespace {

// Long reads copy so many out under the lock, and visit them without it.
constexpr std::size_t kSlice = 1'000;
constexpr std::size_t kExpirySlice = 5'000;

// Who is unknown once something was taken back has no record.
void fold(KeyTable<Record>& records, const Observation& observation) {
  auto& record = records.change(observation.of);
  apply(record, observation);
  if (!record.known()) records.erase(observation.of);
}

}  // namespace

MemoryLedger::MemoryLedger(MemoryLimits limits) : limits_(limits) {}

Record MemoryLedger::lookup(const RecordKey& key) const {
  std::shared_lock lock(mutex_);
  const Record* record = table_of(key).find(key);
  return record ? *record : Record{};
}

void MemoryLedger::observe(const Observation& observation) {
  std::lock_guard lock(mutex_);
  fold_in(observation);
}

void MemoryLedger::fold_in(const Observation& observation) {
  if (observation.of.kind() != RecordKey::Kind::client) {
    const bool anybody_can = observation.of.kind() == RecordKey::Kind::greylist;
    const auto most = limits_.shared + (anybody_can ? 0 : limits_.shared / 4);
    if (shared_.size() >= most && !shared_.find(observation.of)) {
      ++lost_;
    } else {
      fold(shared_, observation);
    }
    return;
  }
  fold(records_, observation);
  if (records_.size() > limits_.records && records_.pop_oldest()) ++lost_;
}

void MemoryLedger::add_row(RowTable& table, Row row, std::size_t count_max) {
  std::lock_guard lock(mutex_);
  if (!can_be_kept(row)) {
    ++lost_;
    return;
  }
  table.put(std::move(row));
  if (table.size() > count_max && table.pop_oldest()) ++lost_;
}

void MemoryLedger::add_verdict(VerdictRow row) {
  add_row(verdicts_, from_port(std::move(row)), limits_.verdicts);
}

std::optional<VerdictRow> MemoryLedger::verdict(std::string_view id) const {
  std::shared_lock lock(mutex_);
  const Row* row = verdicts_.find_id(id);
  if (!row) return std::nullopt;
  return to_port<VerdictRow>(*row);
}

void MemoryLedger::add_session(SessionRow row) {
  add_row(sessions_, from_port(std::move(row)), limits_.sessions);
}

void MemoryLedger::sessions(WallTime since, const std::optional<ClientKey>& client,
                            const std::function<bool(const SessionRow&)>& visit) const {
  RowKey from{since, {}};
  std::vector<SessionRow> slice;
  do {
    slice.clear();
    {
      std::shared_lock lock(mutex_);
      sessions_.each(from, client, [&](const Row& row) {
        slice.push_back(to_port<SessionRow>(row));
        return slice.size() < kSlice;
      });
    }
    for (const auto& row : slice) {
      if (!visit(row)) return;
    }
    if (!slice.empty()) from = just_after({slice.back().at, slice.back().id});
  } while (slice.size() == kSlice);
}

std::vector<SessionRow> MemoryLedger::last_sessions(const ClientKey& client,
                                                    std::size_t count_max) const {
  std::vector<SessionRow> last;
  if (count_max == 0) return last;
  std::shared_lock lock(mutex_);
  sessions_.each_newest_first(client, [&](const Row& row) {
    last.push_back(to_port<SessionRow>(row));
    return last.size() < count_max;
  });
  return last;
}

void MemoryLedger::records(
    const std::optional<ClientKey>& after,
    const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  auto behind = after;
  std::vector<std::pair<ClientKey, Record>> slice;
  do {
    slice.clear();
    {
      std::shared_lock lock(mutex_);
      records_.each(behind, [&](const RecordKey& key, const Record& record) {
        slice.emplace_back(key.client(), record);
        return slice.size() < kSlice;
      });
    }
    for (const auto& [client, record] : slice) {
      if (!visit(client, record)) return;
    }
    if (!slice.empty()) behind = slice.back().first;
  } while (slice.size() == kSlice);
}

void MemoryLedger::active_records(
    const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  records(std::nullopt, [&](const ClientKey& client, const Record& record) {
    return !is_active(record) || visit(client, record);
  });
}

bool MemoryLedger::forget(const ClientKey& client) {
  std::lock_guard lock(mutex_);
  return forget_record(client);
}

bool MemoryLedger::forget_record(const RecordKey& key) {
  if (key.kind() != RecordKey::Kind::client) return shared_.erase(key).has_value();
  bool known = records_.erase(key).has_value();
  known |= sessions_.erase_client(key.client()) > 0;
  known |= verdicts_.erase_client(key.client()) > 0;
  known |= messages_.erase_client(key.client());
  return known;
}

bool MemoryLedger::add_exception(const Exception& exception) {
  std::lock_guard lock(mutex_);
  return exceptions_.add(exception);
}

bool MemoryLedger::remove_exception(const Excepted& whom) {
  std::lock_guard lock(mutex_);
  return exceptions_.remove(whom);
}

std::vector<Exception> MemoryLedger::exceptions() const {
  std::shared_lock lock(mutex_);
  return exceptions_.list();
}

std::optional<Exception> MemoryLedger::exception_for(const Address& address) const {
  std::shared_lock lock(mutex_);
  return copy_of(exceptions_.find(address));
}

std::optional<Exception> MemoryLedger::exception_for_name(std::string_view name) const {
  std::shared_lock lock(mutex_);
  return copy_of(exceptions_.find_name(name));
}

std::optional<Exception> MemoryLedger::exception_for_recipient(std::string_view policy_key) const {
  std::shared_lock lock(mutex_);
  return copy_of(exceptions_.find_recipient(policy_key));
}

bool MemoryLedger::excepts_domains() const {
  std::shared_lock lock(mutex_);
  return exceptions_.has_domains();
}

bool MemoryLedger::add_network_ban(const NetworkBan& ban) {
  std::lock_guard lock(mutex_);
  return network_bans_.add(ban);
}

bool MemoryLedger::remove_network_ban(const Network& network) {
  std::lock_guard lock(mutex_);
  return network_bans_.remove(network);
}

std::vector<NetworkBan> MemoryLedger::network_bans() const {
  std::shared_lock lock(mutex_);
  return network_bans_.list();
}

std::optional<NetworkBan> MemoryLedger::network_ban_for(const Address& address,
                                                        WallTime now) const {
  std::shared_lock lock(mutex_);
  return copy_of(network_bans_.find(address, now));
}

std::optional<RecordKey> MemoryLedger::tidy_records(
    const std::optional<RecordKey>& after,
    const std::function<Fate(const RecordKey&, const Record&)>& fate_of, WallTime active_since) {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<RecordKey, Fate>> fates;
  std::optional<RecordKey> last;
  std::size_t looked_at = 0;
  const auto look = [&](const RecordKey& key, const Record& record) {
    if (looked_at++ == kExpirySlice) return false;
    last = key;
    fates.emplace_back(key, fate_of(key, record));
    return true;
  };
  if (!after || after->kind() == RecordKey::Kind::client) records_.each(after, look);
  if (looked_at <= kExpirySlice) shared_.each(after, look);
  for (const auto& [key, fate] : fates) {
    if (fate == Fate::forget) forget_record(key);
    if (fate != Fate::rest) continue;
    if (auto* const record = table_of(key).find(key))
      apply(*record, rested(key, *record, active_since));
  }
  return looked_at > kExpirySlice ? last : std::nullopt;
}

std::optional<ToldMessage> MemoryLedger::message(const MessageKey& key) const {
  std::shared_lock lock(mutex_);
  const auto* message = messages_.find(key);
  return message ? std::optional(*message) : std::nullopt;
}

void MemoryLedger::learn(const std::vector<Observation>& observations, const ToldMessage& message) {
  std::lock_guard lock(mutex_);
  if (!can_be_kept(message)) {
    ++lost_;
    return;
  }
  for (const auto& observation : observations) fold_in(observation);
  messages_.put(message);
  if (messages_.size() > limits_.messages && messages_.pop_oldest()) ++lost_;
}

std::vector<ToldMessage> MemoryLedger::messages_of(const ClientKey& client,
                                                   std::size_t count_max) const {
  std::shared_lock lock(mutex_);
  std::vector<ToldMessage> newest;
  messages_.each_newest_first(client, [&](const ToldMessage& message) {
    if (newest.size() == count_max) return false;
    newest.push_back(message);
    return true;
  });
  return newest;
}

void MemoryLedger::messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                            const std::optional<ClientKey>& client,
                            const std::function<bool(const ToldMessage&)>& visit) const {
  auto behind = after;
  for (;;) {
    std::vector<ToldMessage> slice;
    {
      std::shared_lock lock(mutex_);
      messages_.each(behind, client, [&](const ToldMessage& message) {
        slice.push_back(message);
        return slice.size() < kSlice;
      });
    }
    for (const auto& message : slice) {
      if (!visit(message)) return;
    }
    if (slice.size() < kSlice) return;
    behind = {slice.back().at, slice.back().key};
  }
}

bool MemoryLedger::expire_messages(WallTime before) {
  std::lock_guard lock(mutex_);
  return messages_.erase_before(before, kExpirySlice);
}

bool MemoryLedger::expire_journal(WallTime before) {
  std::lock_guard lock(mutex_);
  const RowKey bound{before, {}};
  const bool sessions_left = sessions_.erase_before(bound, kExpirySlice);
  const bool verdicts_left = verdicts_.erase_before(bound, kExpirySlice);
  return sessions_left || verdicts_left;
}

void MemoryLedger::put_series(SeriesRow row) {
  std::lock_guard lock(mutex_);
  if (row.values.empty()) {
    series_.erase({row.step, row.at});
    return;
  }
  if (row.values.size() > kSeriesValuesMax) {
    ++lost_;
    return;
  }
  series_.insert_or_assign({row.step, row.at}, std::move(row.values));
  if (series_.size() <= limits_.series) return;
  series_.erase(series_.begin());
  ++lost_;
}

void MemoryLedger::series(SeriesStep step, WallTime since, WallTime until,
                          const std::function<bool(const SeriesRow&)>& visit) const {
  auto from = since;
  for (;;) {
    std::vector<SeriesRow> slice;
    {
      std::shared_lock lock(mutex_);
      const auto end = series_.lower_bound({step, std::max(from, until)});
      for (auto row = series_.lower_bound({step, from}); row != end && slice.size() < kSlice; ++row)
        slice.push_back({step, row->first.second, row->second});
    }
    for (const auto& row : slice) {
      if (!visit(row)) return;
    }
    if (slice.size() < kSlice) return;
    from = slice.back().at + Duration(1);
  }
}

bool MemoryLedger::expire_series(SeriesStep step, WallTime before) {
  std::lock_guard lock(mutex_);
  const auto first = series_.lower_bound({step, WallTime::min()});
  auto end = first;
  for (std::size_t count = 0;
       count < kExpirySlice && end != series_.end() && end->first < SeriesKey{step, before};
       ++count)
    ++end;
  const auto next = series_.erase(first, end);
  return next != series_.end() && next->first < SeriesKey{step, before};
}

Result<LedgerCopy> MemoryLedger::backup(const std::string&, const std::function<bool()>&) {
  return Error{"the ledger is in memory alone, and there is nothing on disk to copy"};
}

LedgerHealth MemoryLedger::health() const {
  std::shared_lock lock(mutex_);
  LedgerHealth health;
  health.records = records_.size();
  health.sessions = sessions_.size();
  health.messages = messages_.size();
  health.lost = lost_;
  if (lost_ > 0) {
    health.well = false;
    health.trouble = fmt::format(
        "memory holds {} records and {} sessions at most: {} changes were dropped, the oldest "
        "first; give the gate a state directory that it can write to",
        limits_.records, limits_.sessions, lost_);
  }
  return health;
}

}  // namespace gatepost
