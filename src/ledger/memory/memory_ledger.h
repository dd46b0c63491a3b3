// A ledger that lives in memory alone: for tests, for the lab, and where the one on disk cannot be
// had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shared_mutex>

#include "gate/ports/ledger.h"
#include "ledger/exception_set.h"
#include "ledger/key_table.h"
#include "ledger/network_ban_set.h"
#include "ledger/row_table.h"
#include "ledger/series_rows.h"
#include "ledger/told_table.h"

namespace gatepost {

// At a bound the record that was changed longest ago, or the oldest row, makes room and counts as
// lost.
struct MemoryLimits {
  std::size_t records = 250'000;  // of clients; some 500 bytes each
  std::size_t shared = 250'000;   // of others; at the bound none is begun
  std::size_t sessions = 100'000;
  std::size_t verdicts = 100'000;
  std::size_t messages = 100'000;  // of which somebody said something
  std::size_t series = 20'000;     // rows; a minute's goes before an hour's
};

class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(MemoryLimits limits = {});

  Record lookup(const RecordKey& key) const override;
  void observe(const Observation& observation) override;
  void add_verdict(VerdictRow row) override;
  std::optional<VerdictRow> verdict(std::string_view id) const override;
  void add_session(SessionRow row) override;
  void sessions(WallTime since, const std::optional<ClientKey>& client,
                const std::function<bool(const SessionRow&)>& visit) const override;
  std::vector<SessionRow> last_sessions(const ClientKey& client,
                                        std::size_t count_max) const override;
  void records(const std::optional<ClientKey>& after,
               const std::function<bool(const ClientKey&, const Record&)>& visit) const override;
  void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const override;
  bool forget(const ClientKey& client) override;
  bool add_exception(const Exception& exception) override;
  bool remove_exception(const Excepted& whom) override;
  std::vector<Exception> exceptions() const override;
  std::optional<Exception> exception_for(const Address& address) const override;
  std::optional<RecordKey> tidy_records(
      const std::optional<RecordKey>& after,
      const std::function<Fate(const RecordKey&, const Record&)>& fate_of,
      WallTime active_since) override;
  std::optional<Exception> exception_for_name(std::string_view name) const override;
  std::optional<Exception> exception_for_recipient(std::string_view policy_key) const override;
  bool excepts_domains() const override;
  bool add_network_ban(const NetworkBan& ban) override;
  bool remove_network_ban(const Network& network) override;
  std::vector<NetworkBan> network_bans() const override;
  std::optional<NetworkBan> network_ban_for(const Address& address, WallTime now) const override;
  std::optional<ToldMessage> message(const MessageKey& key) const override;
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override;
  std::vector<ToldMessage> messages_of(const ClientKey& client,
                                       std::size_t count_max) const override;
  void messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                const std::optional<ClientKey>& client,
                const std::function<bool(const ToldMessage&)>& visit) const override;
  bool expire_messages(WallTime before) override;
  bool expire_journal(WallTime before) override;
  void put_series(SeriesRow row) override;
  void series(SeriesStep step, WallTime since, WallTime until,
              const std::function<bool(const SeriesRow&)>& visit) const override;
  bool expire_series(SeriesStep step, WallTime before) override;
  void flush() override {}
  Result<LedgerCopy> backup(const std::string& file,
                            const std::function<bool()>& may_go_on) override;
  LedgerHealth health() const override;

 private:
  const KeyTable<Record>& table_of(const RecordKey& key) const {
    return key.kind() == RecordKey::Kind::client ? records_ : shared_;
  }
  KeyTable<Record>& table_of(const RecordKey& key) {
    return key.kind() == RecordKey::Kind::client ? records_ : shared_;
  }
  void fold_in(const Observation& observation);
  void add_row(RowTable& table, Row row, std::size_t count_max);
  bool forget_record(const RecordKey& key);

  const MemoryLimits limits_;
  mutable std::shared_mutex mutex_;  // guards all below
  KeyTable<Record> records_;         // of clients
  KeyTable<Record> shared_;          // of what they have in common
  RowTable sessions_{RowTable::Ids::with_time};
  RowTable verdicts_{RowTable::Ids::unique};
  ToldTable messages_;
  SeriesRows series_;
  ExceptionSet exceptions_;
  NetworkBanSet network_bans_;
  std::uint64_t lost_ = 0;
};

}  // namespace gatepost
