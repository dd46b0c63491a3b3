// Something kept under each key: in the order of keys, and the one changed longest ago at hand.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "model/record_key.h"

namespace gatepost {

// Bounded by its owner, who calls pop_oldest(). Not safe for threads. The tree's nodes are small,
// so that the way through them stays in the processor's cache; the entries are where the order is.
template <typename Entry>
class KeyTable {
 public:
  const Entry* find(const RecordKey& key) const {
    const auto place = places_.find(key);
    return place == places_.end() ? nullptr : &place->second->entry;
  }

  Entry* find(const RecordKey& key) {
    const auto place = places_.find(key);
    return place == places_.end() ? nullptr : &place->second->entry;
  }

  // The key's entry, now the one changed last; null where there is none.
  Entry* change_known(const RecordKey& key) {
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    nodes_.splice(nodes_.end(), nodes_, place->second);
    return &place->second->entry;
  }

  // The same, a new one where there was none.
  Entry& change(const RecordKey& key) {
    const auto [place, added] = places_.try_emplace(key);
    if (added) {
      place->second = nodes_.emplace(nodes_.end(), key);
    } else {
      nodes_.splice(nodes_.end(), nodes_, place->second);
    }
    return place->second->entry;
  }

  // The entry that was there.
  std::optional<Entry> erase(const RecordKey& key) {
    const auto place = places_.find(key);
    if (place == places_.end()) return std::nullopt;
    std::optional<Entry> entry(std::move(place->second->entry));
    nodes_.erase(place->second);
    places_.erase(place);
    return entry;
  }

  // Drops the entry that was changed longest ago.
  std::optional<Entry> pop_oldest() {
    return nodes_.empty() ? std::nullopt : erase(RecordKey(nodes_.front().key));
  }

  // In the order of keys, behind `after`; visit(key, entry) returns false to stop.
  template <typename Visit>
  void each(const std::optional<RecordKey>& after, const Visit& visit) const {
    auto place = after ? places_.upper_bound(*after) : places_.begin();
    for (; place != places_.end(); ++place) {
      if (!visit(place->first, place->second->entry)) return;
    }
  }

  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }

 private:
  struct Node {
    explicit Node(const RecordKey& of) : key(of) {}
    RecordKey key;
    Entry entry{};
  };
  std::list<Node> nodes_;  // changed longest ago first
  std::map<RecordKey, typename std::list<Node>::iterator> places_;
};

}  // namespace gatepost
