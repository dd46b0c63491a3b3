// Journal rows in memory: in the order of time, and found by client and by id too.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/row.h"

namespace gatepost {

// Bounded by its owner, who calls pop_oldest(). Not safe for threads.
class RowTable {
 public:
  // Whether two rows of one id at different times are two rows (sessions), or the later call
  // replaces the earlier (verdicts).
  enum class Ids { with_time, unique };
  using Visit = std::function<bool(const Row&)>;  // false: stop

  explicit RowTable(Ids ids) : ids_(ids) {}

  void put(Row row);
  const Row* find_id(std::string_view id) const;  // only with unique ids
  bool replaces(const Row& row) const { return ids_ == Ids::unique && find_id(row.id); }
  bool knows(const ClientKey& client) const;
  std::size_t erase_client(const ClientKey& client);
  // At most `count_max`, oldest first; true when more of them are left.
  bool erase_before(const RowKey& bound, std::size_t count_max);
  bool pop_oldest();

  // From `from` on, oldest first, of all clients or of one.
  void each(const RowKey& from, const std::optional<ClientKey>& client, const Visit& visit) const;
  void each_newest_first(const ClientKey& client, const Visit& visit) const;

  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  std::size_t bytes() const { return bytes_; }  // of memory, about

 private:
  using Rows = std::map<RowKey, Row>;
  Rows::iterator erase(Rows::iterator row);

  Ids ids_;
  Rows rows_;
  std::set<std::pair<ClientKey, RowKey>> by_client_;
  std::map<std::string, WallTime, std::less<>> time_of_id_;  // only with unique ids
  std::size_t bytes_ = 0;
};

}  // namespace gatepost
