// A ledger that tells whose standing may have changed, so that it can be carried outside at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/ports/ledger.h"

namespace gatepost {

// Called by whoever changes the ledger, on its thread, when the change can be looked up; must
// return at once.
class StandingListener {
 public:
  virtual ~StandingListener() = default;

  virtual void standing_changed(const ClientKey& client) = 0;
  virtual void exceptions_changed() = 0;
  virtual void network_bans_changed() = 0;
};

// Passes everything on to another ledger. What other processes write there is not seen.
class WatchedLedger final : public Ledger {
 public:
  // Both outlive it.
  WatchedLedger(Ledger& ledger, StandingListener& listener)
      : ledger_(ledger), listener_(listener) {}

  Record lookup(const RecordKey& key) const override { return ledger_.lookup(key); }
  void observe(const Observation& observation) override;

  void add_verdict(VerdictRow row) override { ledger_.add_verdict(std::move(row)); }
  std::optional<VerdictRow> verdict(std::string_view id) const override {
    return ledger_.verdict(id);
  }
  void add_session(SessionRow row) override { ledger_.add_session(std::move(row)); }
  void sessions(WallTime since, const std::optional<ClientKey>& client,
                const std::function<bool(const SessionRow&)>& visit) const override {
    ledger_.sessions(since, client, visit);
  }
  std::vector<SessionRow> last_sessions(const ClientKey& client,
                                        std::size_t count_max) const override {
    return ledger_.last_sessions(client, count_max);
  }

  void records(const std::optional<ClientKey>& after,
               const std::function<bool(const ClientKey&, const Record&)>& visit) const override {
    ledger_.records(after, visit);
  }
  void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const override {
    ledger_.active_records(visit);
  }
  bool forget(const ClientKey& client) override;

  bool add_exception(const Exception& exception) override;
  bool remove_exception(const Excepted& whom) override;
  std::vector<Exception> exceptions() const override { return ledger_.exceptions(); }
  std::optional<Exception> exception_for(const Address& address) const override {
    return ledger_.exception_for(address);
  }
  std::optional<Exception> exception_for_name(std::string_view name) const override {
    return ledger_.exception_for_name(name);
  }
  std::optional<Exception> exception_for_recipient(std::string_view policy_key) const override {
    return ledger_.exception_for_recipient(policy_key);
  }
  bool excepts_domains() const override { return ledger_.excepts_domains(); }

  bool add_network_ban(const NetworkBan& ban) override;
  bool remove_network_ban(const Network& network) override;
  std::vector<NetworkBan> network_bans() const override { return ledger_.network_bans(); }
  std::optional<NetworkBan> network_ban_for(const Address& address, WallTime now) const override {
    return ledger_.network_ban_for(address, now);
  }

  std::optional<RecordKey> tidy_records(
      const std::optional<RecordKey>& after,
      const std::function<Fate(const RecordKey&, const Record&)>& fate_of,
      WallTime active_since) override {
    return ledger_.tidy_records(after, fate_of, active_since);
  }
  std::optional<ToldMessage> message(const MessageKey& key) const override {
    return ledger_.message(key);
  }
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override;
  std::vector<ToldMessage> messages_of(const ClientKey& client,
                                       std::size_t count_max) const override {
    return ledger_.messages_of(client, count_max);
  }
  void messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                const std::optional<ClientKey>& client,
                const std::function<bool(const ToldMessage&)>& visit) const override {
    ledger_.messages(after, client, visit);
  }
  bool expire_messages(WallTime before) override { return ledger_.expire_messages(before); }
  bool expire_journal(WallTime before) override { return ledger_.expire_journal(before); }
  void put_series(SeriesRow row) override { ledger_.put_series(std::move(row)); }
  void series(SeriesStep step, WallTime since, WallTime until,
              const std::function<bool(const SeriesRow&)>& visit) const override {
    ledger_.series(step, since, until, visit);
  }
  bool expire_series(SeriesStep step, WallTime before) override {
    return ledger_.expire_series(step, before);
  }
  void flush() override { ledger_.flush(); }
  Result<LedgerCopy> backup(const std::string& file,
                            const std::function<bool()>& may_go_on) override {
    return ledger_.backup(file, may_go_on);
  }
  LedgerHealth health() const override { return ledger_.health(); }

 private:
  void tell_of(const Observation& observation);

  Ledger& ledger_;
  StandingListener& listener_;
};

}  // namespace gatepost
