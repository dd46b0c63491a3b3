// Implements ledger/row_table.h.
#include "ledger/row_table.h"

#include <cassert>

namespace gatepost {
namespace {

constexpr std::size_t kNodeBytes = 256;  // of the three trees, with their copies of the key

std::size_t bytes_of(const Row& row) {
  return sizeof(Row) + kNodeBytes + 4 * row.id.size() + row.json.size();
}

RowKey before_all() { return {WallTime::min(), {}}; }
// No id is as long.
RowKey behind_all() { return {WallTime::max(), std::string(kRowIdLengthMax + 1, '\xff')}; }

}  // namespace

void RowTable::put(Row row) {
  const auto key = key_of(row);
  if (ids_ == Ids::unique) {
    const auto known = time_of_id_.find(row.id);
    if (known != time_of_id_.end()) erase(rows_.find({known->second, row.id}));
    time_of_id_.emplace(row.id, row.at);
  } else if (const auto known = rows_.find(key); known != rows_.end()) {
    erase(known);
  }
  bytes_ += bytes_of(row);
  by_client_.emplace(row.client, key);
  rows_.emplace(key, std::move(row));
}

RowTable::Rows::iterator RowTable::erase(Rows::iterator row) {
  assert(row != rows_.end());
  bytes_ -= bytes_of(row->second);
  by_client_.erase({row->second.client, row->first});
  if (ids_ == Ids::unique) time_of_id_.erase(row->second.id);
  return rows_.erase(row);
}

const Row* RowTable::find_id(std::string_view id) const {
  assert(ids_ == Ids::unique);
  const auto known = time_of_id_.find(id);
  if (known == time_of_id_.end()) return nullptr;
  return &rows_.find({known->second, std::string(id)})->second;
}

bool RowTable::knows(const ClientKey& client) const {
  const auto first = by_client_.lower_bound({client, before_all()});
  return first != by_client_.end() && first->first == client;
}

std::size_t RowTable::erase_client(const ClientKey& client) {
  std::size_t count = 0;
  while (true) {
    const auto first = by_client_.lower_bound({client, before_all()});
    if (first == by_client_.end() || first->first != client) return count;
    erase(rows_.find(first->second));
    ++count;
  }
}

bool RowTable::erase_before(const RowKey& bound, std::size_t count_max) {
  auto row = rows_.begin();
  for (; row != rows_.end() && row->first < bound && count_max > 0; --count_max) row = erase(row);
  return row != rows_.end() && row->first < bound;
}

bool RowTable::pop_oldest() {
  if (rows_.empty()) return false;
  erase(rows_.begin());
  return true;
}

void RowTable::each(const RowKey& from, const std::optional<ClientKey>& client,
                    const Visit& visit) const {
  if (!client) {
    for (auto row = rows_.lower_bound(from); row != rows_.end(); ++row) {
      if (!visit(row->second)) return;
    }
    return;
  }
  for (auto key = by_client_.lower_bound({*client, from});
       key != by_client_.end() && key->first == *client; ++key) {
    if (!visit(rows_.find(key->second)->second)) return;
  }
}

void RowTable::each_newest_first(const ClientKey& client, const Visit& visit) const {
  auto key = by_client_.lower_bound({client, behind_all()});
  while (key != by_client_.begin()) {
    --key;
    if (key->first != client || !visit(rows_.find(key->second)->second)) return;
  }
}

}  // namespace gatepost
