// Internet addresses, networks and endpoints as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace gatepost {

// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so that both spellings of one machine
// are one value everywhere (RFC 4291 2.5.5.2). Other embeddings (6to4, NAT64) stay IPv6.
class Address {
 public:
  Address() = default;

  // Strict text forms of inet_pton only ("010.1.1.1" and "1.2" are none); an IPv6 scope id behind
  // '%' is dropped.
  static std::optional<Address> parse(std::string_view text);
  static Address v4(std::uint32_t bits);
  static Address from_bytes(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const;
  std::uint32_t v4_bits() const;  // only where is_v4()
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;  // dotted for IPv4, RFC 5952 for IPv6

  bool operator==(const Address&) const = default;
  std::strong_ordering operator<=>(const Address& other) const {
    return compare_bytes(bytes_, other.bytes_);
  }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// What memory is kept by: the IPv4 address, or the IPv6 /64.
class ClientKey {
 public:
  ClientKey() = default;
  explicit ClientKey(const Address& address);
  const Address& address() const { return address_; }
  std::string to_string() const;  // "192.0.2.1" or "2001:db8:1:2::/64"
  auto operator<=>(const ClientKey&) const = default;

 private:
  Address address_;
};

// An address block in CIDR notation; bits behind the prefix are zero.
class Network {
 public:
  Network() = default;
  Network(const Address& address, unsigned prefix_bits);  // prefix of the family: 0..32 or 0..128

  // "192.0.2.0/24", "2001:db8::/32", or a single address. Bits set behind the prefix are refused.
  // The prefix counts in the notation's own bits: "::ffff:192.0.2.0/120" is 192.0.2.0/24.
  static std::optional<Network> parse(std::string_view text);

  // Only within the family: "::/0" holds no IPv4 address.
  bool contains(const Address& address) const;
  const Address& base() const { return base_; }
  unsigned prefix_bits() const;  // in the family's own count
  std::string to_string() const;
  auto operator<=>(const Network&) const = default;

 private:
  Address base_;
  unsigned bits_ = 128;  // of 128, IPv4 counted from 96
};

bool contains(const std::vector<Network>& networks, const Address& address);

// All networks of one operator, as the routers of the internet know them (RFC 6793).
struct AutonomousSystem {
  std::uint32_t number = 0;

  std::string to_string() const;  // "AS64496" (RFC 5396)
  auto operator<=>(const AutonomousSystem&) const = default;
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  // "192.0.2.1:25" or "[2001:db8::1]:25".
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace gatepost

template <>
struct std::hash<gatepost::Address> {
  std::size_t operator()(const gatepost::Address& address) const noexcept;
};
template <>
struct std::hash<gatepost::ClientKey> {
  std::size_t operator()(const gatepost::ClientKey& key) const noexcept {
    return std::hash<gatepost::Address>{}(key.address());
  }
};
