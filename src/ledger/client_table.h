// Something kept for each client: in the order of addresses, and the one changed longest ago at
// hand.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "model/address.h"

namespace gatepost {

// Bounded by its owner, who calls pop_oldest(). Not safe for threads.
template <typename Entry>
class ClientTable {
 public:
  const Entry* find(const ClientKey& client) const {
    const auto node = nodes_.find(client);
    return node == nodes_.end() ? nullptr : &node->second.entry;
  }

  // The client's entry, now the one changed last; null where there is none.
  Entry* change_known(const ClientKey& client) {
    const auto node = nodes_.find(client);
    if (node == nodes_.end()) return nullptr;
    order_.splice(order_.end(), order_, node->second.place);
    return &node->second.entry;
  }

  // The same, a new one where there was none.
  Entry& change(const ClientKey& client) {
    const auto [node, added] = nodes_.try_emplace(client);
    if (added) {
      node->second.place = order_.insert(order_.end(), client);
    } else {
      order_.splice(order_.end(), order_, node->second.place);
    }
    return node->second.entry;
  }

  // The entry that was there.
  std::optional<Entry> erase(const ClientKey& client) {
    const auto node = nodes_.find(client);
    if (node == nodes_.end()) return std::nullopt;
    std::optional<Entry> entry(std::move(node->second.entry));
    order_.erase(node->second.place);
    nodes_.erase(node);
    return entry;
  }

  // Drops the entry that was changed longest ago.
  std::optional<Entry> pop_oldest() {
    return order_.empty() ? std::nullopt : erase(ClientKey(order_.front()));
  }

  // In the order of addresses, behind `after`; visit(client, entry) returns false to stop.
  template <typename Visit>
  void each(const std::optional<ClientKey>& after, const Visit& visit) const {
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
    std::list<ClientKey>::iterator place;
  };
  std::map<ClientKey, Node> nodes_;
  std::list<ClientKey> order_;  // changed longest ago first
};

}  // namespace gatepost
