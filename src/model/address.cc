// Implements model/address.h.
#include "model/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <cstring>
#include <iterator>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Address masked(const Address& address, unsigned bits) {
  auto bytes = address.bytes();
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned first_bit = i * 8;
    if (first_bit >= bits) {
      bytes[i] = 0;
    } else if (bits - first_bit < 8) {
      bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> (bits - first_bit)));
    }
  }
  return Address::from_bytes(bytes);
}

// Four decimal numbers of a byte without leading zeros: most addresses in the logs of years.
std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t bits = 0;
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == text.size() || text[at++] != '.')) return std::nullopt;
    const auto begin = at;
    std::uint32_t number = 0;
    while (at < text.size() && at - begin < 3 && text[at] >= '0' && text[at] <= '9')
      number = number * 10 + static_cast<std::uint32_t>(text[at++] - '0');
    if (at == begin || number > 255 || (text[begin] == '0' && at - begin > 1)) return std::nullopt;
    bits = bits << 8 | number;
  }
  if (at != text.size()) return std::nullopt;
  return bits;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  if (const auto four = parse_v4(text)) return v4(*four);
  const auto scope = text.find('%');
  const std::string terminated(text.substr(0, scope));
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  in6_addr six{};
  if (inet_pton(AF_INET6, terminated.c_str(), &six) != 1) return std::nullopt;
  Address address;
  std::memcpy(address.bytes_.data(), &six, 16);
  return address;
}

Address Address::v4(std::uint32_t bits) {
  Address address;
  std::memcpy(address.bytes_.data(), kMappedPrefix.data(), kMappedPrefix.size());
  for (unsigned i = 0; i < 4; ++i) {
    address.bytes_[12 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
  }
  return address;
}

Address Address::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
  Address address;
  address.bytes_ = bytes;
  return address;
}

bool Address::is_v4() const {
  return std::memcmp(bytes_.data(), kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

std::uint32_t Address::v4_bits() const {
  assert(is_v4());
  std::uint32_t bits = 0;
  for (unsigned i = 12; i < 16; ++i) bits = bits << 8 | bytes_[i];
  return bits;
}

std::string Address::to_string() const {
  char text[INET6_ADDRSTRLEN];
  if (!is_v4()) return inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  char* end = text;
  for (unsigned i = 12; i < 16; ++i) {
    if (i > 12) *end++ = '.';
    end = std::to_chars(end, std::end(text), bytes_[i]).ptr;
  }
  return {text, end};
}

ClientKey::ClientKey(const Address& address)
    : address_(address.is_v4() ? address : masked(address, 64)) {}

std::string ClientKey::to_string() const {
  return address_.is_v4() ? address_.to_string() : address_.to_string() + "/64";
}

Network::Network(const Address& address, unsigned prefix_bits)
    : base_(masked(address, prefix_bits + (address.is_v4() ? 96 : 0))),
      bits_(prefix_bits + (address.is_v4() ? 96 : 0)) {
  assert(bits_ <= 128);
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address || text.find('%') != std::string_view::npos) return std::nullopt;
  const unsigned whole = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network(*address, whole);
  auto bits = parse_decimal<unsigned>(text.substr(slash + 1));
  const bool mapped = address->is_v4() && text.find(':') != std::string_view::npos;
  if (bits && mapped) bits = *bits < 96 ? whole + 1 : *bits - 96;
  if (!bits || *bits > whole) return std::nullopt;
  const Network network(*address, *bits);
  if (network.base_ != *address) return std::nullopt;
  return network;
}

bool Network::contains(const Address& address) const {
  const auto whole_bytes = bits_ / 8;
  if (std::memcmp(address.bytes().data(), base_.bytes().data(), whole_bytes) != 0) return false;
  const auto beyond = bits_ % 8;
  if (beyond != 0) {
    const auto differing = address.bytes()[whole_bytes] ^ base_.bytes()[whole_bytes];
    if (differing >> (8 - beyond) != 0) return false;
  }
  return address.is_v4() == base_.is_v4();
}

unsigned Network::prefix_bits() const { return base_.is_v4() && bits_ >= 96 ? bits_ - 96 : bits_; }

std::string Network::to_string() const {
  const unsigned whole = base_.is_v4() ? 32 : 128;
  if (prefix_bits() == whole) return base_.to_string();
  return fmt::format("{}/{}", base_.to_string(), prefix_bits());
}

std::string AutonomousSystem::to_string() const { return fmt::format("AS{}", number); }

bool contains(const std::vector<Network>& networks, const Address& address) {
  for (const auto& network : networks) {
    if (network.contains(address)) return true;
  }
  return false;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  if (!address || !port || (!bracketed && !address->is_v4())) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string Endpoint::to_string() const {
  const auto host = address.to_string();
  return address.is_v4() ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace gatepost

std::size_t std::hash<gatepost::Address>::operator()(
    const gatepost::Address& address) const noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, address.bytes().data(), 16);
  std::uint64_t mixed = (halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15u));
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93u;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}
