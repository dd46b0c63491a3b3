// What is counted of each client: so compact that ten million of them fit beside other things.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "mining/mine_report.h"
#include "model/address.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// Any thread may add; the rest is for when all have. A client takes some 70 bytes.
class ClientTable {
 public:
  // `count` events of one kind, at `at` (never: not known).
  void add(const Address& client, LogEvent::Kind kind, std::uint32_t count, WallTime at);

  std::uint64_t size() const;
  // In an order of its own; the clients of one network come together with those of few others, so
  // that networks can be counted a part at a time: `part_ended` is called between.
  void each(const std::function<void(const MinedClient&)>& visit,
            const std::function<void()>& part_ended) const;

 private:
  static constexpr std::size_t kParts = 256;
  struct Row {
    std::array<std::uint8_t, 16> address;
    std::uint32_t first = 0;  // seconds since 1970; 0: not known
    std::uint32_t last = 0;
    std::uint32_t events = 0;
    std::uint32_t messages = 0;
    std::uint32_t spam = 0;
    std::array<std::uint32_t, kOffenceClasses> by_class{};
  };
  struct Part {
    mutable std::mutex mutex;
    std::deque<Row> rows;
    std::vector<std::uint32_t> places;  // of a row, and one more; 0: empty
  };

  static Row& row_of(Part& part, const std::array<std::uint8_t, 16>& address, std::uint64_t hash);
  static void grow(Part& part);
  static MinedClient told(const Row& row);

  std::array<Part, kParts> parts_;
};

}  // namespace gatepost
