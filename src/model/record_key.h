// Whose record it is: a client's, or that of something which clients have in common.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "model/address.h"

namespace gatepost {

class RecordKey {
 public:
  // Stable numbers: they are stored.
  enum class Kind : std::uint8_t {
    client,        // an address
    network,       // the clients of an address block
    organisation,  // the machines whose confirmed names are in a domain
    greylist,      // who writes: a network or an organisation; or that, from whom and to whom
    system,        // the clients of an autonomous system
  };
  static constexpr std::size_t kBytes = 16;
  using Bytes = std::array<std::uint8_t, kBytes>;

  RecordKey() = default;
  // Implicit, for a client is known by its record.
  // NOLINTNEXTLINE(google-explicit-constructor): see above
  RecordKey(const ClientKey& client) : bytes_(client.address().bytes()) {}
  static RecordKey of_network(const Network& network);  // no longer than /24 or /64
  static RecordKey of_system(AutonomousSystem system);
  // By a digest of the text (SHA-1, RFC 4122 4.3), so that a key of a hostile text is no longer.
  static RecordKey of_text(Kind kind, std::string_view text);
  static RecordKey from_bytes(Kind kind, const Bytes& bytes);

  Kind kind() const { return kind_; }
  const Bytes& bytes() const { return bytes_; }
  ClientKey client() const;  // only where kind() is client

  // Clients come first, in the order of their addresses.
  bool operator==(const RecordKey&) const = default;
  std::strong_ordering operator<=>(const RecordKey& other) const {
    return kind_ != other.kind_ ? kind_ <=> other.kind_ : compare_bytes(bytes_, other.bytes_);
  }

 private:
  Kind kind_ = Kind::client;
  Bytes bytes_{};
};

}  // namespace gatepost

template <>
struct std::hash<gatepost::RecordKey> {
  std::size_t operator()(const gatepost::RecordKey& key) const noexcept {
    return std::hash<gatepost::Address>{}(gatepost::Address::from_bytes(key.bytes())) ^
           (static_cast<std::size_t>(key.kind()) * 0x9e3779b97f4a7c15u);
  }
};
