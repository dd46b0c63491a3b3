// Something kept under each key: in the order of keys, and the one changed longest ago at hand.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "model/record_key.h"

namespace gatepost {

// Bounded by its owner, who calls pop_oldest(). Not safe for threads.
template <typename Entry>
class KeyTable {
 public:
  const Entry* find(const RecordKey& key) const {
    const auto node = nodes_.find(key);
    return node == nodes_.end() ? nullptr : &node->second.entry;
  }

  Entry* find(const RecordKey& key) {
    const auto node = nodes_.find(key);
    return node == nodes_.end() ? nullptr : &node->second.entry;
  }

  // The key's entry, now the one changed last; null where there is none.
  Entry* change_known(const RecordKey& key) {
    const auto node = nodes_.find(key);
    if (node == nodes_.end()) return nullptr;
    order_.splice(order_.end(), order_, node->second.place);
    return &node->second.entry;
  }

  // The same, a new one where there was none.
  Entry& change(const RecordKey& key) {
    const auto [node, added] = nodes_.try_emplace(key);
    if (added) {
      node->second.place = order_.insert(order_.end(), key);
    } else {
      order_.splice(order_.end(), order_, node->second.place);
    }
    return node->second.entry;
  }

  // The entry that was there.
  std::optional<Entry> erase(const RecordKey& key) {
    const auto node = nodes_.find(key);
    if (node == nodes_.end()) return std::nullopt;
    std::optional<Entry> entry(std::move(node->second.entry));
    order_.erase(node->second.place);
    nodes_.erase(node);
    return entry;
  }

  // Drops the entry that was changed longest ago.
  std::optional<Entry> pop_oldest() {
    return order_.empty() ? std::nullopt : erase(RecordKey(order_.front()));
  }

  // In the order of keys, behind `after`; visit(key, entry) returns false to stop.
  template <typename Visit>
  void each(const std::optional<RecordKey>& after, const Visit& visit) const {
    auto node = after ? nodes_.upper_bound(*after) : nodes_.begin();
    for (; node != nodes_.end(); ++node) {
      if (!visit(node->first, node->second.entry)) return;
    }
  }

  std::size_t size() const { return nodes_.size(); }
  bool empty() const { return nodes_.empty(); }

 private:
  struct Node {
    Entry entry;
    std::list<RecordKey>::iterator place;
  };
  std::map<RecordKey, Node> nodes_;
  std::list<RecordKey> order_;  // changed longest ago first
};

}  // namespace gatepost
