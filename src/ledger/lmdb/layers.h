// The two generations of changes that lie over the disk, and what is seen through them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/exception_set.h"
#include "ledger/lmdb/overlay.h"
#include "ledger/lmdb/row_store.h"
#include "ledger/lmdb/series_store.h"
#include "ledger/lmdb/tables.h"
#include "ledger/network_ban_set.h"

namespace gatepost {

// Changes are added to `pending`; `committing` is being written and does not change. Not safe for
// threads, but for committing(), which the one that writes may read without a lock.
//
// Each function that takes what was stored answers rightly only if no generation has left the
// layers since that was read.
class Layers {
 public:
  Overlay& pending() { return *pending_; }
  const Overlay& pending() const { return *pending_; }
  const Overlay& committing() const { return *committing_; }  // empty: nothing is being written

  // What is pending is now what is written. Only while nothing is being written.
  void begin_commit();
  // It is on disk, or given up: it leaves the layers.
  std::unique_ptr<const Overlay> end_commit();

  std::uint64_t changes() const { return pending_->changes() + committing_->changes(); }

  // Null where the layers say nothing of the key; valid until the next change.
  const Record* record(const RecordKey& key) const;

  struct StoredOf {  // a client
    bool record = false;
    std::vector<Row> newest_session;  // one or none
    std::vector<Row> newest_verdict;
    std::vector<Row> messages;
  };
  bool knows(const ClientKey& client, const StoredOf& stored) const;

  std::optional<Row> verdict(std::string_view id, std::optional<Row> stored) const {
    return row(&Overlay::verdicts, id, std::move(stored));
  }
  std::optional<Row> message(std::string_view id, std::optional<Row> stored) const {
    return row(&Overlay::messages, id, std::move(stored));
  }

  // What is to be shown of one slice of a long read, and where the next one begins: nothing at the
  // end.
  struct RowSlice {
    std::vector<Row> rows;
    std::optional<RowKey> next;
  };
  RowSlice sessions(const RowKey& from, const std::optional<ClientKey>& client,
                    StoredRows stored) const {
    return slice(&Overlay::sessions, from, client, std::move(stored));
  }
  RowSlice messages(const RowKey& from, const std::optional<ClientKey>& client,
                    StoredRows stored) const {
    return slice(&Overlay::messages, from, client, std::move(stored));
  }

  std::vector<Row> newest_sessions(const ClientKey& client, std::size_t count_max,
                                   std::vector<Row> stored) const {
    return newest(&Overlay::sessions, client, count_max, std::move(stored));
  }
  // Unlike a journal's rows they are replaced and dropped one by one: of the stored ones as many
  // more are to be read as are hidden.
  std::size_t hidden_messages(const std::vector<Row>& stored) const;
  std::vector<Row> newest_messages(const ClientKey& client, std::size_t count_max,
                                   std::vector<Row> stored) const {
    return newest(&Overlay::messages, client, count_max, std::move(stored));
  }

  struct RecordSlice {
    std::map<ClientKey, Record> records;
    std::optional<ClientKey> last;  // the next slice begins behind it
  };
  RecordSlice records(const std::optional<ClientKey>& after, StoredRecords stored) const;

  struct SeriesSlice {
    SeriesRows rows;
    std::optional<WallTime> next;
  };
  SeriesSlice series(SeriesStep step, WallTime from, WallTime until, StoredSeries stored) const;

  ExceptionSet exceptions(std::vector<Exception> stored) const;
  // Makes of what was stored what is seen.
  void change(NetworkBanSet& stored) const;

 private:
  using Kind = RowChanges Overlay::*;
  std::optional<Row> row(Kind kind, std::string_view id, std::optional<Row> stored) const;
  RowSlice slice(Kind kind, const RowKey& from, const std::optional<ClientKey>& client,
                 StoredRows stored) const;
  std::vector<Row> newest(Kind kind, const ClientKey& client, std::size_t count_max,
                          std::vector<Row> stored) const;
  bool hidden_on_disk(Kind kind, const Row& row) const;
  bool hidden_in_committing(Kind kind, const Row& row) const;

  std::unique_ptr<Overlay> pending_ = std::make_unique<Overlay>();
  std::unique_ptr<const Overlay> committing_ = std::make_unique<Overlay>();
};

}  // namespace gatepost
