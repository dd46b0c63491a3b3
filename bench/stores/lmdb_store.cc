// Plain LMDB: addresses and their 16 bytes, and nothing laid over it.
#include <optional>
#include <utility>

#include "ledger/lmdb/lmdb_env.h"
#include "portions.h"
#include "store.h"

namespace gatepost::bench {
namespace {

constexpr std::size_t kMapSize = std::size_t{64} << 30;

std::unique_ptr<LmdbEnv> open_env(const std::string& folder) {
  auto opened = LmdbEnv::open(folder, kMapSize);
  if (!opened) end_for(opened.error());
  return std::move(opened).value();
}

struct Opened {
  explicit Opened(const std::string& folder) : env(open_env(folder)) {
    WriteTxn txn(env->get());
    must(mdb_dbi_open(txn, "clients", MDB_CREATE, &clients));
    must(mdb_dbi_open(txn, "networks", MDB_CREATE, &networks));
    txn.commit();
  }

  std::unique_ptr<LmdbEnv> env;
  MDB_dbi clients = 0;
  MDB_dbi networks = 0;
};

class LmdbStore final : public Store {
 public:
  explicit LmdbStore(const std::string& place) : at_(place) {
    must(mdb_txn_begin(at_.env->get(), nullptr, MDB_RDONLY, &read_));
    mdb_txn_reset(read_);
  }
  ~LmdbStore() override { mdb_txn_abort(read_); }
  LmdbStore(const LmdbStore&) = delete;
  LmdbStore& operator=(const LmdbStore&) = delete;

  std::size_t look_up(Clients clients, Ask ask) override {
    std::size_t known = 0;
    for (const auto address : clients) {
      const Key key(address);
      must(mdb_txn_renew(read_));
      if (get(read_, at_.clients, key.client())) ++known;
      if (ask == Ask::with_neighbourhood) get(read_, at_.networks, key.network());
      mdb_txn_reset(read_);
    }
    return known;
  }

  void update(Clients clients) override {
    if (!batch_) batch_.emplace(at_.env->get());
    for (const auto address : clients)
      put(*batch_, at_.clients, Key(address).client(), as_text(kUpdated));
  }

  void end_batch() override {
    if (batch_) batch_->commit();
    batch_.reset();
  }

  void finish() override { end_batch(); }

 private:
  const Opened at_;
  MDB_txn* read_ = nullptr;
  std::optional<WriteTxn> batch_;
};

void fill(const std::string& place, Clients clients) {
  const Opened at(place);
  must(mdb_env_set_flags(at.env->get(), MDB_NOSYNC, 1));
  std::optional<WriteTxn> txn;
  load_in_portions(
      clients,
      [&](std::size_t number, std::uint32_t address) {
        if (!txn) txn.emplace(at.env->get());
        const Key key(address);
        put(*txn, at.clients, key.client(), as_text(row_of(number)));
        if (has_sent_spam(number)) put(*txn, at.networks, key.network(), as_text(row_of(number)));
      },
      [&] {
        txn->commit();
        txn.reset();
      });
}

std::unique_ptr<Store> open(const std::string& place) { return std::make_unique<LmdbStore>(place); }

}  // namespace

std::uint64_t lmdb_bytes_in_use(const std::string& folder) {
  const auto env = open_env(folder);
  const auto pages = env->pages();
  const OwnReadTxn txn(env->get());
  return (pages.used - count_free_pages(txn, mdb_txn_id(txn) + 1)) * pages.size;
}

const StoreKind kLmdb{"lmdb", fill, open, lmdb_bytes_in_use};

}  // namespace gatepost::bench
