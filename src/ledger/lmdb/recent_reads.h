// What a thread has read from the disk just now: in one session the same few records are asked for
// again and again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "model/record.h"

namespace gatepost {

// One thread's. An entry holds for one commit of one ledger, and until another takes its place.
class RecentReads {
 public:
  struct View {
    std::uint64_t ledger = 0;  // of this process; 0 is none
    std::uint64_t commit = 0;
    bool operator==(const View&) const = default;
  };

  // Null where it is not there; valid until the next keep().
  const Record* find(const View& view, const RecordKey& key) const {
    const auto& entry = entries_[place_of(key)];
    return entry.view == view && entry.key == key ? &entry.record : nullptr;
  }

  void keep(const View& view, const RecordKey& key, const Record& record) {
    entries_[place_of(key)] = {view, key, record};
  }

 private:
  static constexpr std::size_t kPlaces = 32;  // a session needs half a dozen

  struct Entry {
    View view;
    RecordKey key;
    Record record;
  };
  static std::size_t place_of(const RecordKey& key) {
    return std::hash<RecordKey>{}(key) % kPlaces;
  }

  std::array<Entry, kPlaces> entries_;
};

}  // namespace gatepost
