// Implements ledger/lmdb/lmdb_ledger.h.
#include "ledger/lmdb/lmdb_ledger.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "ledger/exception_set.h"
#include "ledger/lmdb/block.h"
#include "ledger/lmdb/commit_thread.h"
#include "ledger/lmdb/layers.h"
#include "ledger/lmdb/ledger_copy.h"
#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/map_room.h"
#include "ledger/lmdb/message_codec.h"
#include "ledger/lmdb/read_pool.h"
#include "ledger/lmdb/recent_reads.h"
#include "ledger/lmdb/row_codec.h"
#include "ledger/lmdb/tables.h"
#include "ledger/lmdb/trouble.h"
#include "ledger/lmdb/write_overlay.h"
#include "ledger/network_ban_set.h"
#include "ledger/told_table.h"

namespace gatepost {
namespace {

// Long reads copy so many rows out in one transaction, and visit them without it. Of a thousand
// the memory came from the kernel each time, which took a quarter of the read.
constexpr std::size_t kSlice = 200;
constexpr std::size_t kExpirySlice = 5'000;

// These a full overlay does not give up, so there is a number at which it takes no more.
constexpr std::size_t kForgottenMax = 100'000;
constexpr std::size_t kExceptionChangesMax = 100'000;
constexpr std::size_t kNetworkBanChangesMax = 200'000;

// A batch this great does not wait for its interval, nor one of half of what may be pending.
constexpr std::size_t kHurryBytes = std::size_t{8} << 20;

constexpr int kClosingTries = 1'000;  // a millisecond each, until nobody reads
constexpr auto kFlushPatience = std::chrono::seconds(30);
constexpr auto kCommitIsStuck = std::chrono::seconds(10);

// So often commits may overtake a read before it holds them up.
constexpr int kOvertakenMax = 3;

constexpr std::uint64_t kWithoutRows = 2;  // in the name of a batch

bool is_full(int failure) {
  return failure == MDB_MAP_FULL || failure == ENOSPC || failure == EDQUOT || failure == EFBIG;
}

// No two batches of whatever process have the same.
std::uint64_t random_name() {
  std::random_device device;
  return (std::uint64_t{device()} << 32 | device()) | 1;  // none is called 0
}

// A read that finds nothing in the layers reads the disk. A batch leaves the layers after its
// commit, so what was written is always in one or the other.
class LmdbLedger final : public Ledger {
 public:
  LmdbLedger(std::unique_ptr<LmdbEnv> env, const Tables& tables, const LmdbOptions& options)
      : options_(options),
        directory_(env->directory()),
        tables_(tables),
        opened_(std::make_unique<Opened>(std::move(env))),
        commits_(options.commit_interval,
                 {[this] { return commit(); }, [this] { each_minute(); }}) {
    count_shared();
  }

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
  void flush() override { commits_.flush(kFlushPatience); }
  Result<LedgerCopy> backup(const std::string& file,
                            const std::function<bool()>& may_go_on) override {
    flush();
    const Shared in_use(opening_);
    if (!opened_) return Error{"the ledger cannot be opened: see gatepost status"};
    return copy_ledger(*opened_->env, file, may_go_on);
  }
  LedgerHealth health() const override;

 private:
  using Unique = std::unique_lock<std::shared_mutex>;
  using Shared = std::shared_lock<std::shared_mutex>;
  using Kind = RowChanges Overlay::*;

  // The file, which after a commit that broke off must be opened anew.
  struct Opened {
    explicit Opened(std::unique_ptr<LmdbEnv> opened) : env(std::move(opened)), reads(env->get()) {}
    std::unique_ptr<LmdbEnv> env;
    ReadPool reads;
  };

  // read(txn) on the last commit, or an empty answer where the disk cannot be read.
  template <typename Read>
  auto read_disk(const Read& read) const -> decltype(read(Txn{}));
  // merge(what read(txn) gave) under the lock, with layers that no generation has left since.
  // Begins anew where one has, at most kOvertakenMax times: `read` is to be one slice.
  template <typename Lock, typename Read, typename Merge>
  auto read_both(const Read& read, const Merge& merge) const;

  std::uint64_t last_transaction() const;
  Record read_record(const RecordKey& key) const;
  // visit() of what read(txn, behind) finds and the layers have, slice by slice.
  template <typename Read, typename Visit>
  void each_record(const std::optional<ClientKey>& after, const Read& read,
                   const Visit& visit) const;
  // False, and nothing done, where what is on the disk is to be known first.
  bool fold(const Observation& observation);
  void fold(const Observation& observation, Record stored);
  std::optional<ToldMessage> told(const Row& row) const;
  void add_row(Kind kind, Row row);
  bool make_room();
  void wake(bool much);
  void changed(Unique lock);
  bool expire(Kind kind, const RowStore& store, const RowKey& before);
  Layers::SeriesSlice series_slice(SeriesStep step, WallTime from, WallTime until) const;
  bool has_room_for(const RecordKey& key) const;
  bool has_much_to_write() const;
  void refresh_kept() const;

  // On the commit thread, which alone opens anew:
  bool commit();
  void close();
  bool open_anew();
  std::uint64_t name_of_batch(Rows rows) const {
    return rows == Rows::with ? batch_ : batch_ ^ kWithoutRows;
  }
  int write_or_open_anew(const Overlay& changes, std::uint64_t& rows_given_up);
  int write(const Overlay& changes, std::uint64_t& rows_given_up) const;
  int try_to_write(const Overlay& changes, Rows rows) const;
  bool erase_what_waits() const;
  void count_shared();
  void each_minute() const;

  static std::uint64_t next_number() {
    static std::atomic<std::uint64_t> ledgers = 0;
    return ++ledgers;
  }

  std::atomic<std::uint64_t> number_ = next_number();  // of what this process opened
  const LmdbOptions options_;
  const std::string directory_;
  const Tables tables_;
  mutable std::shared_mutex opening_;          // held by who uses opened_; alone, no other is taken
  std::unique_ptr<Opened> opened_;             // null where it cannot be opened
  std::uint64_t batch_ = 0;                    // the name of the one that is committed
  bool in_doubt_ = false;                      // whether that one is stored
  mutable std::atomic<int> read_failure_ = 0;  // of the last minute

  // Held by reads that were overtaken too often, and by a generation while it leaves; before
  // mutex_.
  mutable std::shared_mutex leaving_;
  mutable std::shared_mutex mutex_;  // guards all below; held for memory accesses only
  Layers layers_;
  std::atomic<std::uint64_t> generations_ = 0;  // that have left the layers; changes under the lock
  std::uint64_t given_up_ = 0;
  std::atomic<std::uint64_t> shared_stored_ = 0;  // as of the last commit
  int write_failure_ = 0;                         // of the last try

  mutable ExceptionSet exceptions_;
  mutable std::atomic<std::uint64_t> exceptions_version_ = 0;
  mutable NetworkBanSet network_bans_;
  mutable std::atomic<std::uint64_t> network_bans_version_ = 0;
  mutable std::atomic<std::uint64_t> kept_transaction_ = 0;  // up to which both are known

  CommitThread commits_;  // last: ends first
};

template <typename Read>
auto LmdbLedger::read_disk(const Read& read) const -> decltype(read(Txn{})) {
  try {
    const Shared in_use(opening_);
    if (!opened_) throw LmdbFailure(MDB_PANIC);
    const ReadTxn txn(opened_->reads);
    return read(txn);
  } catch (const LmdbFailure& failure) {
    read_failure_ = failure.code();  // fail open; health() tells
    return {};
  }
}

// Of any process.
std::uint64_t LmdbLedger::last_transaction() const {
  const Shared in_use(opening_);
  return opened_ ? opened_->env->last_transaction() : 0;
}

template <typename Lock, typename Read, typename Merge>
auto LmdbLedger::read_both(const Read& read, const Merge& merge) const {
  for (int overtaken = 0; overtaken < kOvertakenMax; ++overtaken) {
    const auto generations = generations_.load();
    auto stored = read_disk(read);
    const Lock lock(mutex_);
    if (generations_ == generations) return merge(std::move(stored));
  }
  const Shared nobody_leaves(leaving_);
  auto stored = read_disk(read);
  const Lock lock(mutex_);
  return merge(std::move(stored));
}

// After every change: bounds what waits. True where that is much.
bool LmdbLedger::make_room() {
  auto& pending = layers_.pending();
  given_up_ += pending.make_room(options_.pending_bytes_max);
  const auto half = options_.pending_bytes_max / 2;
  return pending.bytes() > (options_.sync ? std::min(kHurryBytes, half) : half);
}

void LmdbLedger::wake(bool much) {
  commits_.changed();
  if (much) commits_.hurry();
}

void LmdbLedger::changed(Unique lock) {
  const bool much = make_room();
  lock.unlock();
  wake(much);
}

Record LmdbLedger::lookup(const RecordKey& key) const {
  {
    const Shared lock(mutex_);
    if (const auto* const record = layers_.record(key)) return *record;
  }
  return read_record(key);
}

// From the disk.
Record LmdbLedger::read_record(const RecordKey& key) const {
  // What came since the commit that is looked at was in the layers, or will be in a later commit.
  thread_local RecentReads recent;
  const RecentReads::View view{number_, last_transaction()};
  if (const auto* const record = recent.find(view, key)) return *record;
  return read_disk([&](Txn txn) {
    // A commit can be known by its number before what it wrote is what is read.
    const RecentReads::View read{number_, mdb_txn_id(txn)};
    if (key.kind() != RecordKey::Kind::client) {
      auto record = stored_record(txn, tables_.records, key);
      recent.keep(read, key, record);
      return record;
    }
    auto neighbours = stored_neighbours(txn, tables_.records, key.client());
    if (neighbours.network) {
      recent.keep(read, BlockKey(key.client()).network(), *neighbours.network);
    } else {
      read_failure_ = MDB_CORRUPTED;
    }
    recent.keep(read, key, neighbours.client);
    return std::move(neighbours.client);
  });
}

void LmdbLedger::observe(const Observation& observation) {
  Unique lock(mutex_);
  while (!fold(observation)) {
    const auto generations = generations_.load();
    lock.unlock();
    auto stored = read_record(observation.of);
    lock.lock();
    if (generations_ != generations || layers_.record(observation.of)) continue;
    fold(observation, std::move(stored));
    break;
  }
  changed(std::move(lock));
}

bool LmdbLedger::fold(const Observation& observation) {
  auto& pending = layers_.pending();
  if (pending.observe(observation)) return true;
  const auto* const record = layers_.committing().record(observation.of);
  if (record) pending.observe(observation, *record);
  return record != nullptr;
}

void LmdbLedger::fold(const Observation& observation, Record stored) {
  if (stored.known() || has_room_for(observation.of)) {
    layers_.pending().observe(observation, std::move(stored));
  } else {
    ++given_up_;
  }
}

// Who chooses senders and recipients chooses keys. What waits is bounded apart.
bool LmdbLedger::has_room_for(const RecordKey& key) const {
  if (BlockKey::of(key)) return true;  // state_max bounds those
  const bool anybody_can = key.kind() == RecordKey::Kind::greylist;
  return shared_stored_ < options_.shared_max + (anybody_can ? 0 : options_.shared_max / 4);
}

void LmdbLedger::add_row(Kind kind, Row row) {
  Unique lock(mutex_);
  if (!can_be_kept(row)) {
    ++given_up_;
    return;
  }
  (layers_.pending().*kind).added.put(std::move(row));
  changed(std::move(lock));
}

void LmdbLedger::add_verdict(VerdictRow row) {
  add_row(&Overlay::verdicts, from_port(std::move(row)));
}

std::optional<VerdictRow> LmdbLedger::verdict(std::string_view id) const {
  auto row = read_both<Shared>(
      [&](Txn txn) { return stored_row_of_id(txn, tables_.verdicts, id); },
      [&](std::optional<Row> stored) { return layers_.verdict(id, std::move(stored)); });
  if (!row) return std::nullopt;
  return to_port<VerdictRow>(std::move(*row));
}

void LmdbLedger::add_session(SessionRow row) {
  add_row(&Overlay::sessions, from_port(std::move(row)));
}

void LmdbLedger::sessions(WallTime since, const std::optional<ClientKey>& client,
                          const std::function<bool(const SessionRow&)>& visit) const {
  std::optional<RowKey> from = RowKey{since, {}};
  while (from) {
    auto slice = read_both<Shared>(
        [&](Txn txn) { return stored_rows(txn, tables_.sessions, *from, client, kSlice); },
        [&](StoredRows stored) {
          if (stored.damaged > 0) read_failure_ = MDB_CORRUPTED;
          return layers_.sessions(*from, client, std::move(stored));
        });
    for (auto& row : slice.rows) {
      if (!visit(to_port<SessionRow>(std::move(row)))) return;
    }
    from = std::move(slice.next);
  }
}

std::vector<SessionRow> LmdbLedger::last_sessions(const ClientKey& client,
                                                  std::size_t count_max) const {
  auto rows = read_both<Shared>(
      [&](Txn txn) { return newest_stored_rows(txn, tables_.sessions, client, count_max); },
      [&](std::vector<Row> stored) {
        return layers_.newest_sessions(client, count_max, std::move(stored));
      });
  std::vector<SessionRow> last;
  for (auto& row : rows) last.push_back(to_port<SessionRow>(std::move(row)));
  return last;
}

template <typename Read, typename Visit>
void LmdbLedger::each_record(const std::optional<ClientKey>& after, const Read& read,
                             const Visit& visit) const {
  auto behind = after;
  do {
    const auto slice = read_both<Shared>([&](Txn txn) { return read(txn, behind); },
                                         [&](StoredRecords stored) {
                                           if (stored.damaged > 0) read_failure_ = MDB_CORRUPTED;
                                           return layers_.records(behind, std::move(stored));
                                         });
    for (const auto& [client, record] : slice.records) {
      if (!visit(client, record)) return;
    }
    behind = slice.last;
  } while (behind);
}

void LmdbLedger::records(const std::optional<ClientKey>& after,
                         const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  each_record(
      after,
      [&](Txn txn, const auto& behind) {
        return stored_clients(txn, tables_.records, behind, kSlice);
      },
      visit);
}

void LmdbLedger::active_records(
    const std::function<bool(const ClientKey&, const Record&)>& visit) const {
  each_record(
      std::nullopt,
      [&](Txn txn, const auto& behind) {
        return stored_active_clients(txn, tables_.records, behind, kSlice);
      },
      [&](const ClientKey& client, const Record& record) {
        return !is_active(record) || visit(client, record);
      });
}

bool LmdbLedger::forget(const ClientKey& client) {
  const bool known = read_both<Unique>(
      [&](Txn txn) {
        return Layers::StoredOf{stored_record(txn, tables_.records, client).known(),
                                newest_stored_rows(txn, tables_.sessions, client, 1),
                                newest_stored_rows(txn, tables_.verdicts, client, 1),
                                newest_stored_rows(txn, tables_.messages, client, kSlice)};
      },
      [&](const Layers::StoredOf& stored) {
        if (!layers_.knows(client, stored)) return false;
        auto& pending = layers_.pending();
        if (pending.forgotten().size() < kForgottenMax || pending.hides(client)) {
          pending.forget(client);
        } else {
          ++given_up_;
        }
        return true;
      });
  if (known) commits_.changed();
  return known;
}

bool LmdbLedger::add_exception(const Exception& exception) {
  refresh_kept();
  Unique lock(mutex_);
  auto& pending = layers_.pending();
  if (pending.exception_changes().size() >= kExceptionChangesMax || !exceptions_.add(exception)) {
    return false;
  }
  pending.change_exception({exception, true});
  changed(std::move(lock));
  return true;
}

bool LmdbLedger::remove_exception(const Excepted& whom) {
  refresh_kept();
  Unique lock(mutex_);
  if (!exceptions_.remove(whom)) return false;
  layers_.pending().change_exception({{whom, {}, kNever}, false});
  changed(std::move(lock));
  return true;
}

std::vector<Exception> LmdbLedger::exceptions() const {
  refresh_kept();
  const Shared lock(mutex_);
  return exceptions_.list();
}

std::optional<Exception> LmdbLedger::exception_for(const Address& address) const {
  refresh_kept();
  const Shared lock(mutex_);
  return copy_of(exceptions_.find(address));
}

std::optional<Exception> LmdbLedger::exception_for_name(std::string_view name) const {
  refresh_kept();
  const Shared lock(mutex_);
  return copy_of(exceptions_.find_name(name));
}

std::optional<Exception> LmdbLedger::exception_for_recipient(std::string_view policy_key) const {
  refresh_kept();
  const Shared lock(mutex_);
  return copy_of(exceptions_.find_recipient(policy_key));
}

bool LmdbLedger::excepts_domains() const {
  refresh_kept();
  const Shared lock(mutex_);
  return exceptions_.has_domains();
}

bool LmdbLedger::add_network_ban(const NetworkBan& ban) {
  refresh_kept();
  Unique lock(mutex_);
  auto& pending = layers_.pending();
  if (pending.network_ban_changes().size() >= kNetworkBanChangesMax || !network_bans_.add(ban)) {
    return false;
  }
  pending.change_network_ban({ban, true});
  changed(std::move(lock));
  return true;
}

bool LmdbLedger::remove_network_ban(const Network& network) {
  refresh_kept();
  Unique lock(mutex_);
  if (!network_bans_.remove(network)) return false;
  layers_.pending().change_network_ban({{network, kNever, kNever, {}, {}}, false});
  changed(std::move(lock));
  return true;
}

std::vector<NetworkBan> LmdbLedger::network_bans() const {
  refresh_kept();
  const Shared lock(mutex_);
  return network_bans_.list();
}

std::optional<NetworkBan> LmdbLedger::network_ban_for(const Address& address, WallTime now) const {
  refresh_kept();
  const Shared lock(mutex_);
  return copy_of(network_bans_.find(address, now));
}

std::optional<ToldMessage> LmdbLedger::told(const Row& row) const {
  auto message = told_message(row);
  if (!message) read_failure_ = MDB_CORRUPTED;
  return message;
}

std::optional<ToldMessage> LmdbLedger::message(const MessageKey& key) const {
  const auto id = id_of(key);
  const auto row = read_both<Shared>(
      [&](Txn txn) { return stored_row_of_id(txn, tables_.messages, id); },
      [&](std::optional<Row> stored) { return layers_.message(id, std::move(stored)); });
  return row ? told(*row) : std::nullopt;
}

// All of it goes into one generation, so its transaction has all of it.
void LmdbLedger::learn(const std::vector<Observation>& observations, const ToldMessage& message) {
  using Records = std::map<RecordKey, Record>;
  if (!can_be_kept(message)) {
    const Unique lock(mutex_);
    ++given_up_;
    return;
  }
  auto row = row_of(message);
  const auto read = [&](Txn txn) {
    Records stored;
    for (const auto& each : observations)
      stored.try_emplace(each.of, stored_record(txn, tables_.records, each.of));
    return stored;
  };
  wake(read_both<Unique>(read, [&](Records stored) {
    for (const auto& each : observations) {
      if (!fold(each)) fold(each, stored[each.of]);
    }
    layers_.pending().put_message(std::move(row), observations);
    return make_room();
  }));
}

std::vector<ToldMessage> LmdbLedger::messages_of(const ClientKey& client,
                                                 std::size_t count_max) const {
  constexpr auto kAll = std::numeric_limits<std::size_t>::max();
  std::vector<Row> rows;
  std::size_t hidden = 0;
  for (std::size_t more = 0;; more = hidden) {
    const auto enough = count_max > kAll - more ? kAll : count_max + more;
    rows = read_both<Shared>(
        [&](Txn txn) { return newest_stored_rows(txn, tables_.messages, client, enough); },
        [&](std::vector<Row> stored) {
          hidden = stored.size() < enough ? 0 : layers_.hidden_messages(stored);
          return layers_.newest_messages(client, count_max, std::move(stored));
        });
    if (hidden <= more) break;
  }
  std::vector<ToldMessage> newest;
  for (const auto& row : rows) {
    if (auto message = told(row)) newest.push_back(std::move(*message));
  }
  return newest;
}

void LmdbLedger::messages(const std::optional<std::pair<WallTime, MessageKey>>& after,
                          const std::optional<ClientKey>& client,
                          const std::function<bool(const ToldMessage&)>& visit) const {
  std::optional<RowKey> from = RowKey{WallTime::min(), {}};
  if (after) from = just_after({after->first, id_of(after->second)});
  while (from) {
    auto slice = read_both<Shared>(
        [&](Txn txn) { return stored_rows(txn, tables_.messages, *from, client, kSlice); },
        [&](StoredRows stored) {
          if (stored.damaged > 0) read_failure_ = MDB_CORRUPTED;
          return layers_.messages(*from, client, std::move(stored));
        });
    for (const auto& row : slice.rows) {
      const auto message = told(row);
      if (message && !visit(*message)) return;
    }
    from = std::move(slice.next);
  }
}

bool LmdbLedger::expire_messages(WallTime before) {
  const bool left = expire(&Overlay::messages, tables_.messages, {before, {}});
  commits_.changed();
  return left;
}

// Exceptions and bans of networks are kept in memory. A transaction that was committed since, by
// whatever process, may have changed them.
void LmdbLedger::refresh_kept() const {
  if (last_transaction() == kept_transaction_) return;
  struct Stored {
    std::uint64_t transaction = 0;
    std::uint64_t exceptions_version = 0;
    std::uint64_t network_bans_version = 0;
    // Where the version is not the known one.
    std::optional<std::vector<Exception>> exceptions;
    std::optional<NetworkBanSet> network_bans;
  };
  const auto read = [&](Txn txn) {
    Stored stored;
    stored.transaction = mdb_txn_id(txn);
    stored.exceptions_version = exceptions_version(txn, tables_);
    stored.network_bans_version = network_bans_version(txn, tables_);
    if (stored.exceptions_version != exceptions_version_) {
      stored.exceptions = stored_exceptions(txn, tables_);
    }
    if (stored.network_bans_version != network_bans_version_) {
      auto& set = stored.network_bans.emplace();
      for (auto& ban : stored_network_bans(txn, tables_)) set.add(std::move(ban));
    }
    return stored;
  };
  // What is given back ends after the lock: it may be much.
  read_both<Unique>(read, [&](Stored stored) {
    if (stored.transaction <= kept_transaction_) return stored;
    kept_transaction_ = stored.transaction;
    if (stored.exceptions) {
      exceptions_version_ = stored.exceptions_version;
      exceptions_ = layers_.exceptions(std::move(*stored.exceptions));
    }
    if (stored.network_bans) {
      network_bans_version_ = stored.network_bans_version;
      layers_.change(*stored.network_bans);
      std::swap(network_bans_, *stored.network_bans);
    }
    return stored;
  });
}

// One slice of what is stored before `before` is hidden at once, and erased by the next commit.
bool LmdbLedger::expire(Kind kind, const RowStore& store, const RowKey& before) {
  RowKey from{WallTime::min(), {}};
  {
    const Shared lock(mutex_);
    const auto dropped = std::max((layers_.pending().*kind).dropped_before,
                                  (layers_.committing().*kind).dropped_before);
    if (dropped) from = *dropped;
  }
  return read_both<Unique>(
      [&](Txn txn) { return stored_range(txn, store, from, before, kExpirySlice); },
      [&](const StoredRange& range) {
        layers_.pending().drop_rows_before(layers_.pending().*kind, range.next.value_or(before));
        return range.next.has_value();
      });
}

std::optional<RecordKey> LmdbLedger::tidy_records(
    const std::optional<RecordKey>& after,
    const std::function<Fate(const RecordKey&, const Record&)>& fate_of, WallTime active_since) {
  if (after && has_much_to_write()) {
    commits_.hurry();
    return after;
  }
  struct Slice {
    std::vector<RecordKey> forgotten;
    std::vector<std::pair<RecordKey, Record>> records;  // of those that rest
    std::optional<RecordKey> last;
  };
  const auto look = [&](Txn txn) {
    Slice slice;
    auto stored = stored_records(txn, tables_.records, after, kExpirySlice);
    slice.last = stored.last;
    for (auto& [key, record] : stored.records) {
      const auto fate = fate_of(key, record);
      if (fate == Fate::forget) slice.forgotten.push_back(key);
      if (fate == Fate::rest) slice.records.emplace_back(key, std::move(record));
    }
    return slice;
  };
  return read_both<Unique>(look, [&](const Slice& slice) {
    auto& pending = layers_.pending();
    for (const auto& [key, record] : slice.records) {
      if (!layers_.record(key)) pending.observe(rested(key, record, active_since), record);
    }
    for (const auto& key : slice.forgotten) {
      if (!layers_.record(key) && pending.forgotten().size() < kForgottenMax) pending.forget(key);
    }
    commits_.changed();
    return slice.last;
  });
}

// Tidying waits for the disk, so that what is learnt meanwhile need not make room for it.
bool LmdbLedger::has_much_to_write() const {
  const Shared lock(mutex_);
  const auto& pending = layers_.pending();
  return pending.bytes() > options_.pending_bytes_max / 4 ||
         pending.forgotten().size() > kForgottenMax / 2;
}

bool LmdbLedger::expire_journal(WallTime before) {
  const RowKey bound{before, {}};
  const bool sessions_left = expire(&Overlay::sessions, tables_.sessions, bound);
  const bool verdicts_left = expire(&Overlay::verdicts, tables_.verdicts, bound);
  commits_.changed();
  return sessions_left || verdicts_left;
}

void LmdbLedger::put_series(SeriesRow row) {
  Unique lock(mutex_);
  if (row.values.size() > kSeriesValuesMax) {
    ++given_up_;
    return;
  }
  layers_.pending().put_series(std::move(row));
  changed(std::move(lock));
}

Layers::SeriesSlice LmdbLedger::series_slice(SeriesStep step, WallTime from, WallTime until) const {
  return read_both<Shared>(
      [&](Txn txn) { return stored_series(txn, tables_.series, step, from, until, kSlice); },
      [&](StoredSeries stored) {
        if (stored.damaged > 0) read_failure_ = MDB_CORRUPTED;
        return layers_.series(step, from, until, std::move(stored));
      });
}

void LmdbLedger::series(SeriesStep step, WallTime since, WallTime until,
                        const std::function<bool(const SeriesRow&)>& visit) const {
  std::optional<WallTime> from = since;
  while (from) {
    auto slice = series_slice(step, *from, until);
    for (auto& [place, values] : slice.rows) {
      if (!visit({step, place.second, std::move(values)})) return;
    }
    from = slice.next;
  }
}

bool LmdbLedger::expire_series(SeriesStep step, WallTime before) {
  const auto slice = series_slice(step, WallTime::min(), before);
  for (const auto& [place, values] : slice.rows) put_series({step, place.second, {}});
  return slice.next.has_value();
}

bool LmdbLedger::commit() {
  // A generation that could not be written goes first, then what has come since.
  for (bool last = false; !last;) {
    {
      const Unique lock(mutex_);
      if (layers_.committing().empty()) {
        if (layers_.pending().empty()) return true;
        layers_.begin_commit();
        batch_ = random_name();
        last = true;
      }
    }
    std::uint64_t rows_given_up = 0;
    const int failure = write_or_open_anew(layers_.committing(), rows_given_up);
    if (failure == 0) count_shared();

    std::unique_ptr<const Overlay> done;  // ends after the locks
    const Unique leaving(leaving_);
    const Unique lock(mutex_);
    write_failure_ = failure;
    given_up_ += rows_given_up;
    if (failure != 0 && rows_given_up == 0) return false;
    done = layers_.end_commit();
    ++generations_;
  }
  return true;
}

// A commit that broke off may be on the disk all the same: then its name is there.
int LmdbLedger::write_or_open_anew(const Overlay& changes, std::uint64_t& rows_given_up) {
  for (int tries = 0; tries < 2; ++tries) {
    if (!opened_ && !open_anew()) return MDB_PANIC;
    if (in_doubt_) {
      const auto stored =
          read_disk([&](Txn txn) { return std::optional(last_batch(txn, tables_)); });
      if (!stored) return EIO;
      in_doubt_ = false;
      rows_given_up = *stored == name_of_batch(Rows::without) ? changes.rows() : 0;
      if (rows_given_up > 0 || *stored == name_of_batch(Rows::with)) return 0;
    }
    const int failure = write(changes, rows_given_up);
    if (failure == 0 || !opened_->env->has_panicked()) return failure;
    in_doubt_ = true;
    close();
  }
  return MDB_PANIC;
}

// Not while a copy is made of it. What LMDB no longer trusts reads nothing either.
void LmdbLedger::close() {
  Unique alone(opening_, std::defer_lock);
  for (int tries = 0; !alone.try_lock(); ++tries) {
    if (tries == kClosingTries) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto closed = std::move(opened_);
  alone.unlock();  // whoever reads need not wait for the disk
}

bool LmdbLedger::open_anew() {
  auto env = LmdbEnv::open(directory_, options_.map_size);
  if (!env) return false;
  const auto tables = Tables::open(*env.value());
  if (!tables || !(*tables == tables_)) return false;
  if (!options_.sync) mdb_env_set_flags(env.value()->get(), MDB_NOSYNC, 1);
  auto opened = std::make_unique<Opened>(std::move(env).value());
  const Unique alone(opening_);
  opened_ = std::move(opened);
  number_ = next_number();
  return true;
}

// 0, or why not. Where room was found for all but the rows, those are given up.
int LmdbLedger::write(const Overlay& changes, std::uint64_t& rows_given_up) const {
  const int failure = try_to_write(changes, Rows::with);
  if (failure == 0) return 0;
  if (erase_what_waits() && try_to_write(changes, Rows::with) == 0) return 0;
  if (changes.rows() == 0 || !is_full(failure)) return failure;
  const int without_rows = try_to_write(changes, Rows::without);
  if (without_rows == 0) rows_given_up = changes.rows();
  return without_rows == MDB_PANIC ? MDB_PANIC : failure;
}

int LmdbLedger::try_to_write(const Overlay& changes, Rows rows) const {
  try {
    const auto& env = *opened_->env;
    write_deletions(env.get(), tables_, changes.deletions());
    if (!has_map_room(env, tables_, changes, rows)) {
      age_free_pages(env, tables_);
      if (!has_map_room(env, tables_, changes, rows)) return MDB_MAP_FULL;
    }
    write_changes(env.get(), tables_, changes, rows, options_.messages_max, name_of_batch(rows));
    return 0;
  } catch (const LmdbFailure& failure) {
    return failure.code();
  }
}

// Behind changes that do not fit there may wait deletions that would make room for them.
bool LmdbLedger::erase_what_waits() const {
  Deletions waiting;
  {
    const Shared lock(mutex_);
    waiting = layers_.pending().deletions();
  }
  if (waiting.empty()) return false;
  try {
    write_deletions(opened_->env->get(), tables_, waiting);
    return true;
  } catch (const LmdbFailure&) {
    return false;
  }
}

void LmdbLedger::count_shared() {
  shared_stored_ = read_disk([&](Txn txn) { return count_rows(txn, tables_.records.shared); });
}

void LmdbLedger::each_minute() const {
  read_failure_ = 0;
  if (!opened_) return;
  try {
    opened_->env->clear_stale_readers();
  } catch (const LmdbFailure& failure) {
    read_failure_ = failure.code();
  }
}

LedgerHealth LmdbLedger::health() const {
  LedgerHealth health;
  struct Counts {
    std::uint64_t records = 0;
    std::uint64_t sessions = 0;
    std::uint64_t messages = 0;
    std::uint64_t free_pages = 0;
  };
  const auto counts = read_disk([&](Txn txn) {
    return Counts{count_clients(txn, tables_.records), count_rows(txn, tables_.sessions.by_time),
                  count_rows(txn, tables_.messages.by_time),
                  count_free_pages(txn, std::numeric_limits<std::size_t>::max())};
  });
  health.records = counts.records;
  health.sessions = counts.sessions;
  health.messages = counts.messages;
  Trouble trouble;
  trouble.directory = directory_;
  if (const Shared in_use(opening_); opened_) {
    health.bytes = opened_->env->bytes_on_disk();
    const auto pages = opened_->env->pages();
    health.share_used = static_cast<double>(pages.used - std::min(pages.used, counts.free_pages)) /
                        static_cast<double>(pages.most);
    trouble.bytes_max = pages.most * pages.size;
  }
  {
    const Shared lock(mutex_);
    health.batches = generations_;
    trouble.write_failure = write_failure_;
    trouble.given_up = given_up_;
    trouble.waiting = layers_.changes();
  }
  trouble.read_failure = read_failure_;
  trouble.stuck = commits_.busy_for() > kCommitIsStuck;
  health.lost = trouble.given_up + (trouble.cannot_write() ? trouble.waiting : 0);
  health.trouble = describe(trouble);
  health.well = health.trouble.empty();
  return health;
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_lmdb_ledger(const std::string& state_directory,
                                                 const LmdbOptions& options, bool* damaged) {
  auto env = LmdbEnv::open(state_directory, options.map_size, damaged);
  if (!env) return Error{env.error()};
  const auto tables = Tables::open(*env.value(), damaged);
  if (!tables) return Error{tables.error()};
  if (!options.sync) mdb_env_set_flags(env.value()->get(), MDB_NOSYNC, 1);
  return std::unique_ptr<Ledger>(
      std::make_unique<LmdbLedger>(std::move(env.value()), *tables, options));
}

}  // namespace gatepost
