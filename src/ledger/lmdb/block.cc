// Implements ledger/lmdb/block.h.
#include "ledger/lmdb/block.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/bytes.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 1;
// In the same byte:
constexpr std::uint8_t kHasNetwork = 1 << 4;
constexpr std::uint8_t kHasOne = 1 << 5;   // client, and so no lengths
constexpr std::uint8_t kHasMany = 1 << 6;  // clients

constexpr std::uint8_t kLong = 255;  // in place of a length, which is before the bytes, then

// What a key begins with, so that keys of both families compare as addresses do.
enum Family : char { kSixBelowFour, kFour, kSixAboveFour };

constexpr std::size_t kFourBytes = 3;  // of the address, in the key
constexpr std::size_t kSixBytes = 7;
constexpr std::size_t kFourBegins = 12;  // in the 16 bytes of an address
constexpr unsigned kFourBits = 120;      // of 128
constexpr unsigned kSixBits = 56;

std::size_t number_at(const Address& address) {
  return address.is_v4() ? kFourBegins + kFourBytes : kSixBytes;
}

class BlockWriter {
 public:
  explicit BlockWriter(std::string& bytes) : out_(bytes), bytes_(bytes) { bytes.clear(); }

  void add(std::uint8_t number, std::string_view bytes) {
    numbers_.push_back(static_cast<char>(number));
    entries_.push_back(bytes);
  }

  void finish(std::string_view network) {
    if (network.empty() && entries_.empty()) return;
    const auto clients = entries_.empty() ? 0 : entries_.size() == 1 ? kHasOne : kHasMany;
    out_.integer(
        static_cast<std::uint8_t>(kLayout | (network.empty() ? 0 : kHasNetwork) | clients));
    if (!network.empty()) out_.text(network);
    if (clients == kHasMany) out_.integer(static_cast<std::uint8_t>(entries_.size() - 1));
    bytes_.append(numbers_);
    if (clients == kHasMany) {
      for (const auto entry : entries_)
        out_.integer(static_cast<std::uint8_t>(std::min<std::size_t>(entry.size(), kLong)));
    }
    for (const auto entry : entries_) {
      if (clients == kHasMany && entry.size() >= kLong) {
        out_.text(entry);
      } else {
        bytes_.append(entry);
      }
    }
  }

 private:
  ByteWriter out_;
  std::string& bytes_;
  std::string numbers_;
  std::vector<std::string_view> entries_;
};

}  // namespace

BlockKey::BlockKey(const ClientKey& client) {
  const auto& address = client.address();
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    bytes_[0] = kFour;
    std::copy_n(bytes.begin() + kFourBegins, kFourBytes, bytes_.begin() + 1);
    size_ = 1 + kFourBytes;
  } else {
    // The block that begins below IPv4's and ends above is told as one that is below.
    const bool below = std::all_of(bytes.begin(), bytes.begin() + kSixBytes,
                                   [](std::uint8_t byte) { return byte == 0; });
    bytes_[0] = below ? kSixBelowFour : kSixAboveFour;
    std::copy_n(bytes.begin(), kSixBytes, bytes_.begin() + 1);
    size_ = 1 + kSixBytes;
  }
}

std::optional<BlockKey> BlockKey::of(const RecordKey& key) {
  if (key.kind() == RecordKey::Kind::client) return BlockKey(key.client());
  if (key.kind() != RecordKey::Kind::network) return std::nullopt;
  auto bytes = key.bytes();
  const auto bits = bytes.back();
  bytes.back() = 0;
  const auto base = Address::from_bytes(bytes);
  if (bits != (base.is_v4() ? kFourBits : kSixBits)) return std::nullopt;
  return BlockKey(ClientKey(base));
}

std::optional<BlockKey> BlockKey::from_bytes(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto family = bytes.front();
  if (family != kFour && family != kSixBelowFour && family != kSixAboveFour) return std::nullopt;
  if (bytes.size() != 1 + (family == kFour ? kFourBytes : kSixBytes)) return std::nullopt;
  BlockKey key;
  key.size_ = bytes.size();
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  if (BlockKey(key.client(0)) != key) return std::nullopt;  // addresses of the other family
  return key;
}

ClientKey BlockKey::client(std::uint8_t number) const {
  std::array<std::uint8_t, 16> address{};
  if (bytes_[0] == kFour) {
    address = Address::v4(0).bytes();
    std::copy_n(bytes_.begin() + 1, kFourBytes, address.begin() + kFourBegins);
    address.back() = number;
  } else {
    std::copy_n(bytes_.begin() + 1, kSixBytes, address.begin());
    address.at(kSixBytes) = number;
  }
  return ClientKey(Address::from_bytes(address));
}

RecordKey BlockKey::network() const {
  const auto base = client(0).address();
  return RecordKey::of_network(Network(base, base.is_v4() ? 24 : kSixBits));
}

std::uint8_t number_in_block(const ClientKey& client) {
  return client.address().bytes().at(number_at(client.address()));
}

std::optional<Block> Block::parse(std::string_view bytes) {
  ByteReader in(bytes);
  const auto head = in.integer<std::uint8_t>();
  const bool many = (head & kHasMany) != 0;
  const bool one = (head & kHasOne) != 0;
  if ((head & ~(kHasNetwork | kHasOne | kHasMany)) != kLayout || (many && one)) return std::nullopt;
  Block block;
  if ((head & kHasNetwork) != 0) {
    block.network_ = in.text();
    if (block.network_.empty()) return std::nullopt;
  }
  if (one) block.numbers_ = in.take(1);
  if (many) {
    const auto count = in.integer<std::uint8_t>() + std::size_t{1};
    block.numbers_ = in.take(count);
    block.lengths_ = in.take(count);
    if (count == 1) return std::nullopt;
  }
  block.entries_ = in.rest();
  if (in.failed()) return std::nullopt;
  return block;
}

bool Block::is_whole() const {
  std::size_t at = 0;
  int last = -1;
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    const int number = static_cast<std::uint8_t>(numbers_[i]);
    if (number <= last || take(i, at).empty()) return false;
    last = number;
  }
  return at == entries_.size() && !(numbers_.empty() && network_.empty());
}

std::string_view Block::take(std::size_t index, std::size_t& at) const {
  if (lengths_.empty()) {
    at = entries_.size();
    return entries_;
  }
  auto length = static_cast<std::size_t>(static_cast<std::uint8_t>(lengths_[index]));
  ByteReader in(entries_.substr(std::min(at, entries_.size())));
  if (length == kLong) {
    length = in.integer<std::uint16_t>();
    at += sizeof(std::uint16_t);
  }
  at += length;
  return in.take(length);
}

std::string_view Block::client(std::uint8_t number) const {
  const auto index = numbers_.find(static_cast<char>(number));
  if (index == std::string_view::npos) return {};
  std::size_t at = 0;
  for (std::size_t i = 0; i < index; ++i) {
    const std::size_t length = lengths_.empty() ? 0u : static_cast<std::uint8_t>(lengths_[i]);
    if (length == kLong) {
      take(i, at);
    } else {
      at += length;
    }
  }
  return take(index, at);
}

void write_block(const Block& block, const BlockChanges& changes, std::string& bytes) {
  BlockWriter out(bytes);
  auto change = changes.clients.begin();
  const auto add_changes_before = [&](int number) {
    for (; change != changes.clients.end() && change->first < number; ++change) {
      if (!change->second.empty()) out.add(change->first, change->second);
    }
  };
  block.each([&](std::uint8_t number, std::string_view old) {
    add_changes_before(number);
    if (change != changes.clients.end() && change->first == number) {
      add_changes_before(number + 1);
    } else if (!old.empty()) {
      out.add(number, old);
    }
  });
  add_changes_before(std::numeric_limits<int>::max());
  out.finish(changes.network ? std::string_view(*changes.network) : block.network());
}

}  // namespace gatepost
