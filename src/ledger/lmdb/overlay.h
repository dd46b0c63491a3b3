// Changes that are not on disk yet, one generation of them: what is seen at once, and what is to be
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "ledger/key_table.h"
#include "ledger/lmdb/tables.h"
#include "ledger/row_table.h"
#include "ledger/series_rows.h"
#include "model/record.h"

namespace gatepost {

// The rows added in one generation, and which older ones are dropped.
struct RowChanges {
  explicit RowChanges(RowTable::Ids ids) : added(ids) {}
  RowTable added;
  std::optional<RowKey> dropped_before;
};

// What is to be erased from the disk. Doing it twice, or long before the changes that came with it,
// is as good: until those are committed the overlay hides it anyway.
struct Deletions {
  std::optional<RowKey> sessions_before;
  std::optional<RowKey> verdicts_before;
  std::optional<RowKey> messages_before;
  std::set<RecordKey> forgotten;

  bool empty() const {
    return !sessions_before && !verdicts_before && !messages_before && forgotten.empty();
  }
};

// Laid over the disk, and over an older generation: what is here hides what is there. Not safe for
// threads.
class Overlay {
 public:
  struct Changed {
    Record record;                          // as it is with these observations
    std::vector<Observation> observations;  // to be folded into what is on disk by then
    std::size_t bytes = 0;
    bool told = false;  // some of them count for a message
  };

  // `before`: the record without this observation.
  void observe(const Observation& observation, Record before);
  // Where these changes say what the record was before. False, and nothing done, where not.
  bool observe(const Observation& observation);
  // The message in the place of what was known of it, after the observations that came with it:
  // they are given up together, or not at all.
  void put_message(Row message, const std::vector<Observation>& observed);
  void forget(const RecordKey& key);
  void drop_rows_before(RowChanges& rows, const RowKey& bound);  // of this overlay
  void change_exception(ExceptionChange change);
  void change_network_ban(NetworkBanChange change);

  // Without values: what lies below is hidden, and to be erased.
  void put_series(SeriesRow row);

  // The record as it is with these changes, until the next one; null where they say nothing of the
  // key.
  const Record* record(const RecordKey& key) const;
  // Whether something was added of a client since it was forgotten.
  bool knows(const ClientKey& client) const;
  // Whether rows that lie below this generation are hidden by it.
  bool hides(const RecordKey& key) const { return !forgotten_.empty() && forgotten_.contains(key); }
  bool hides(const RowChanges& rows, const ClientKey& client, const RowKey& key) const;

  // Gives changes up until they take no more than `bytes_max`: rows of series first, then sessions,
  // then verdicts, oldest first, then the record that was changed longest ago, and where a message
  // counts in that all messages and the records in which they count. How many. Forgetting,
  // exceptions and bans stay.
  std::uint64_t make_room(std::size_t bytes_max);

  bool empty() const {
    return changes() == 0 && !sessions.dropped_before && !verdicts.dropped_before &&
           !messages.dropped_before;
  }
  std::uint64_t changes() const;
  // Of the journal and of series, which may be given up alone.
  std::uint64_t rows() const {
    return sessions.added.size() + verdicts.added.size() + series_.size();
  }
  std::size_t bytes_of_rows() const {
    return sessions.added.bytes() + verdicts.added.bytes() + series_bytes_;
  }
  std::size_t bytes() const;  // of memory, about

  const KeyTable<Changed>& records() const { return records_; }
  const std::set<RecordKey>& forgotten() const { return forgotten_; }
  const SeriesRows& series() const { return series_; }
  Deletions deletions() const {
    return {sessions.dropped_before, verdicts.dropped_before, messages.dropped_before, forgotten_};
  }
  const std::vector<ExceptionChange>& exception_changes() const { return exception_changes_; }
  const std::vector<NetworkBanChange>& network_ban_changes() const { return network_ban_changes_; }

  RowChanges sessions{RowTable::Ids::with_time};
  RowChanges verdicts{RowTable::Ids::unique};
  RowChanges messages{RowTable::Ids::unique};

 private:
  void add(Changed& changed, const Observation& observation);
  template <typename Each>
  void drop_messages(const Each& each);
  std::uint64_t give_up(const Changed& changed);
  std::uint64_t give_up_messages();
  bool pop_oldest_series();

  KeyTable<Changed> records_;
  std::set<RecordKey> forgotten_;  // before anything else in this generation
  std::vector<ExceptionChange> exception_changes_;
  std::vector<NetworkBanChange> network_ban_changes_;
  SeriesRows series_;
  std::size_t series_bytes_ = 0;
  std::uint64_t observations_ = 0;
  std::size_t bytes_ = 0;  // without the rows'
};

}  // namespace gatepost
