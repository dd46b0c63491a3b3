// SQLite: a table without row numbers, a write-ahead log.
#include <sqlite3.h>

#include "store.h"

namespace gatepost::bench {
namespace {

// The whole database in memory where it fits; a write-ahead log that is synced at each commit.
constexpr auto kAsked =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -1000000; PRAGMA mmap_size = 2000000000";
constexpr auto kFilled =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA cache_size = -8000000;"
    "CREATE TABLE clients (address INTEGER PRIMARY KEY, data BLOB) WITHOUT ROWID;"
    "CREATE TABLE networks (address INTEGER PRIMARY KEY, data BLOB) WITHOUT ROWID";

class Database {
 public:
  explicit Database(const std::string& place) {
    check(sqlite3_open((place + "/clients.sqlite").c_str(), &handle_));
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* words) { check(sqlite3_exec(handle_, words, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
      end_for(sqlite3_errmsg(handle_));
  }
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(const Database& database, const char* words) : database_(database) {
    database.check(sqlite3_prepare_v2(database.handle(), words, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Whether there is a row, whose first number, if it is one, is put into `number`.
  bool run(std::uint32_t address, const Row* row = nullptr, std::int64_t* number = nullptr) {
    database_.check(sqlite3_bind_int64(statement_, 1, address));
    if (row) database_.check(sqlite3_bind_blob(statement_, 2, row, sizeof *row, SQLITE_STATIC));
    return step(number);
  }
  bool step(std::int64_t* number) {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW && number) *number = sqlite3_column_int64(statement_, 0);
    database_.check(code);
    database_.check(sqlite3_reset(statement_));
    return code == SQLITE_ROW;
  }

 private:
  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(const std::string& place) : database_(place) { database_.run(kAsked); }

  std::size_t look_up(Clients clients, Ask ask) override {
    std::size_t known = 0;
    for (const auto address : clients) {
      if (client_.run(address)) ++known;
      if (ask == Ask::with_neighbourhood) network_.run(address >> 8);
    }
    return known;
  }

  void update(Clients clients) override {
    if (!in_batch_) database_.run("BEGIN IMMEDIATE");
    in_batch_ = true;
    for (const auto address : clients) update_.run(address, &kUpdated);
  }

  void end_batch() override {
    if (in_batch_) database_.run("COMMIT");
    in_batch_ = false;
  }

  void finish() override { end_batch(); }

 private:
  Database database_;
  Statement client_{database_, "SELECT data FROM clients WHERE address = ?1"};
  Statement network_{database_, "SELECT data FROM networks WHERE address = ?1"};
  Statement update_{database_, "UPDATE clients SET data = ?2 WHERE address = ?1"};
  bool in_batch_ = false;
};

void fill(const std::string& place, Clients clients) {
  Database database(place);
  database.run(kFilled);
  {
    Statement client(database, "INSERT INTO clients VALUES (?1, ?2)");
    Statement network(database, "INSERT OR REPLACE INTO networks VALUES (?1, ?2)");
    database.run("BEGIN");
    for (std::size_t number = 0; number < clients.size(); ++number) {
      const auto row = row_of(number);
      client.run(clients[number], &row);
      if (has_sent_spam(number)) network.run(clients[number] >> 8, &row);
    }
    database.run("COMMIT");
  }
  database.run("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL");
}

std::unique_ptr<Store> open(const std::string& place) {
  return std::make_unique<SqliteStore>(place);
}

std::uint64_t bytes_in_use(const std::string& place) {
  const Database database(place);
  std::int64_t bytes = 0;
  Statement(database,
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
      .step(&bytes);
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

const StoreKind kSqlite{"sqlite", fill, open, bytes_in_use};

}  // namespace gatepost::bench
