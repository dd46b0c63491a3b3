// The records of neighbours in one value: those of the clients of an address block, and the block's
// own (docs/formats/ledger.md, "Blocks").
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/record_key.h"

namespace gatepost {

// Which block: an IPv4 /24 or an IPv6 /56. Its clients are numbered by the byte behind that.
class BlockKey {
 public:
  explicit BlockKey(const ClientKey& client);
  // Nothing where the record is in none.
  static std::optional<BlockKey> of(const RecordKey& key);
  static std::optional<BlockKey> from_bytes(std::string_view bytes);

  // They compare as the addresses do. Valid as long as this.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  ClientKey client(std::uint8_t number) const;
  RecordKey network() const;

  bool operator==(const BlockKey& other) const { return bytes() == other.bytes(); }
  bool operator<(const BlockKey& other) const { return bytes() < other.bytes(); }

 private:
  BlockKey() = default;
  static constexpr std::size_t kBytesMax = 8;

  std::array<char, kBytesMax> bytes_{};
  std::size_t size_ = 0;
};

// A client's number in its block.
std::uint8_t number_in_block(const ClientKey& client);

// A block's value taken apart: bytes for the clients and the network, whatever they mean. Valid as
// long as the value.
class Block {
 public:
  Block() = default;  // with nobody in it
  // Nothing where the bytes are no block. Whether they are a whole one is another question: what is
  // not there is nobody's, and never read.
  static std::optional<Block> parse(std::string_view bytes);
  bool is_whole() const;

  // Empty where there is none.
  std::string_view network() const { return network_; }
  std::string_view client(std::uint8_t number) const;

  std::size_t clients() const { return numbers_.size(); }
  // In the order of numbers: visit(number, bytes).
  template <typename Visit>
  void each(const Visit& visit) const {
    std::size_t at = 0;
    int last = -1;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const auto bytes = take(i, at);
      const int number = static_cast<std::uint8_t>(numbers_[i]);
      if (number > last) visit(static_cast<std::uint8_t>(number), bytes);  // else it is damaged
      last = std::max(last, number);
    }
  }

 private:
  // The bytes of the client at `index`, which begin at `at`; `at` is then behind them.
  std::string_view take(std::size_t index, std::size_t& at) const;

  std::string_view network_;
  std::string_view numbers_;  // ascending
  std::string_view lengths_;  // one each; empty where there is one client
  std::string_view entries_;
};

// What is to be put into a block, or taken out of it.
struct BlockChanges {
  std::optional<std::string> network;                         // empty: none from now on
  std::vector<std::pair<std::uint8_t, std::string>> clients;  // ascending; empty: none any more
};

// The value of a block with these changes, empty where nothing is left in it; in place of what
// `bytes` holds, which must not be what `block` was parsed from.
void write_block(const Block& block, const BlockChanges& changes, std::string& bytes);

}  // namespace gatepost
