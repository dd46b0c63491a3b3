// A ledger that passes everything on to another, for those that are to differ in one thing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/ports/ledger.h"

namespace gatepost {

class PassingLedger : public Ledger {
 public:
  explicit PassingLedger(Ledger& whole) : whole_(whole) {}  // outlives it

  Record lookup(const RecordKey& key) const override { return whole_.lookup(key); }
  void observe(const Observation& observation) override { whole_.observe(observation); }
  void add_verdict(VerdictRow row) override { whole_.add_verdict(std::move(row)); }
  std::optional<VerdictRow> verdict(std::string_view id) const override {
    return whole_.verdict(id);
  }
  void add_session(SessionRow row) override { whole_.add_session(std::move(row)); }
  void sessions(WallTime since, const std::optional<ClientKey>& client,
                const std::function<bool(const SessionRow&)>& visit) const override {
    whole_.sessions(since, client, visit);
  }
  std::vector<SessionRow> last_sessions(const ClientKey& client,
                                        std::size_t count_max) const override {
    return whole_.last_sessions(client, count_max);
  }
  void records(const std::optional<ClientKey>& after,
               const std::function<bool(const ClientKey&, const Record&)>& visit) const override {
    whole_.records(after, visit);
  }
  void active_records(
      const std::function<bool(const ClientKey&, const Record&)>& visit) const override {
    whole_.active_records(visit);
  }
  bool forget(const ClientKey& client) override { return whole_.forget(client); }
  bool add_exception(const Exception& exception) override {
    return whole_.add_exception(exception);
  }
  bool remove_exception(const Excepted& whom) override { return whole_.remove_exception(whom); }
  std::vector<Exception> exceptions() const override { return whole_.exceptions(); }
  std::optional<Exception> exception_for(const Address& address) const override {
    return whole_.exception_for(address);
  }
  std::optional<Exception> exception_for_name(std::string_view name) const override {
    return whole_.exception_for_name(name);
  }
  std::optional<Exception> exception_for_recipient(std::string_view policy_key) const override {
    return whole_.exception_for_recipient(policy_key);
  }
  bool excepts_domains() const override { return whole_.excepts_domains(); }
  bool add_network_ban(const NetworkBan& ban) override { return whole_.add_network_ban(ban); }
  bool remove_network_ban(const Network& network) override {
    return whole_.remove_network_ban(network);
  }
  std::vector<NetworkBan> network_bans() const override { return whole_.network_bans(); }
  std::optional<NetworkBan> network_ban_for(const Address& address, WallTime now) const override {
    return whole_.network_ban_for(address, now);
  }
  std::optional<RecordKey> tidy_records(
      const std::optional<RecordKey>& after,
      const std::function<Fate(const RecordKey&, const Record&)>& fate_of,
      WallTime active_since) override {
    return whole_.tidy_records(after, fate_of, active_since);
  }
  std::optional<ToldMessage> message(const MessageKey& key) const override {
    return whole_.message(key);
  }
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override {
    whole_.learn(observations, message);
  }
  std::vector<ToldMessage> messages_of(const ClientKey& client,
                                       std::size_t count_max) const override {
    return whole_.messages_of(client, count_max);
  }
  void messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                const std::optional<ClientKey>& client,
                const std::function<bool(const ToldMessage&)>& visit) const override {
    whole_.messages(after, client, visit);
  }
  bool expire_messages(WallTime before) override { return whole_.expire_messages(before); }
  bool expire_journal(WallTime before) override { return whole_.expire_journal(before); }
  void put_series(SeriesRow row) override { whole_.put_series(std::move(row)); }
  void series(SeriesStep step, WallTime since, WallTime until,
              const std::function<bool(const SeriesRow&)>& visit) const override {
    whole_.series(step, since, until, visit);
  }
  bool expire_series(SeriesStep step, WallTime before) override {
    return whole_.expire_series(step, before);
  }
  void flush() override { whole_.flush(); }
  Result<LedgerCopy> backup(const std::string& file,
                            const std::function<bool()>& may_go_on) override {
    return whole_.backup(file, may_go_on);
  }
  LedgerHealth health() const override { return whole_.health(); }

 protected:
  Ledger& whole() { return whole_; }
  const Ledger& whole() const { return whole_; }

 private:
  Ledger& whole_;
};

}  // namespace gatepost
