// A ledger to try things on: reads what another remembers, and keeps what is learnt to itself.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "gate/ports/ledger.h"

namespace gatepost {

// One thread's, and not for long: what the other learns meanwhile may not be seen. What is observed
// is seen by its own lookups and gone with it; rows of the journal and of series, verdicts and
// messages are not kept, exceptions, bans of networks and forgetting have no effect.
class ScratchLedger : public Ledger {
 public:
  // `base` outlives it; null: nobody is known.
  explicit ScratchLedger(const Ledger* base) : base_(base) {}

  Record lookup(const RecordKey& key) const override;
  void observe(const Observation& observation) override;
  void add_verdict(VerdictRow) override {}
  std::optional<VerdictRow> verdict(std::string_view id) const override;
  void add_session(SessionRow) override {}
  void sessions(WallTime since, const std::optional<ClientKey>& client,
                const std::function<bool(const SessionRow&)>& visit) const override;
  std::vector<SessionRow> last_sessions(const ClientKey& client,
                                        std::size_t count_max) const override;
  void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const override;
  void records(const std::optional<ClientKey>& after,
               const std::function<bool(const ClientKey&, const Record&)>& visit) const override;
  bool forget(const ClientKey&) override { return false; }
  bool add_exception(const Exception&) override { return false; }
  bool remove_exception(const Excepted&) override { return false; }
  std::vector<Exception> exceptions() const override;
  std::optional<Exception> exception_for(const Address& address) const override;
  // Shows what was learnt, and drops nothing.
  std::optional<RecordKey> tidy_records(
      const std::optional<RecordKey>& after,
      const std::function<Fate(const RecordKey&, const Record&)>& fate_of,
      WallTime active_since) override;
  std::optional<Exception> exception_for_name(std::string_view name) const override;
  std::optional<Exception> exception_for_recipient(std::string_view policy_key) const override;
  bool excepts_domains() const override;
  bool add_network_ban(const NetworkBan&) override { return false; }
  bool remove_network_ban(const Network&) override { return false; }
  std::vector<NetworkBan> network_bans() const override;
  std::optional<NetworkBan> network_ban_for(const Address& address, WallTime now) const override;
  std::optional<ToldMessage> message(const MessageKey& key) const override;
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override;
  std::vector<ToldMessage> messages_of(const ClientKey& client,
                                       std::size_t count_max) const override;
  void messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                const std::optional<ClientKey>& client,
                const std::function<bool(const ToldMessage&)>& visit) const override;
  bool expire_messages(WallTime) override { return false; }
  bool expire_journal(WallTime) override { return false; }
  void put_series(SeriesRow) override {}
  void series(SeriesStep step, WallTime since, WallTime until,
              const std::function<bool(const SeriesRow&)>& visit) const override {
    if (base_) base_->series(step, since, until, visit);
  }
  bool expire_series(SeriesStep, WallTime) override { return false; }
  void flush() override {}
  Result<LedgerCopy> backup(const std::string&, const std::function<bool()>&) override {
    return Error{"a ledger to try things on is not copied"};
  }
  LedgerHealth health() const override;

 private:
  Record of_base(const RecordKey& key) const;

  const Ledger* base_;
  std::map<RecordKey, Record> learnt_;  // those that differ from base_
  // What base_ said last of a client, for it is mostly the same that is asked for again.
  mutable std::optional<std::pair<RecordKey, Record>> last_;
};

}  // namespace gatepost
