// Implements wire/proxy_header/proxy_header_decoder.h.
#include "wire/proxy_header/proxy_header_decoder.h"

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "wire/proxy_header/proxy_header.h"

namespace gatepost {
namespace {

constexpr std::string_view kV1Begin = "PROXY ";
constexpr std::size_t kV2FixedLength = 16;
constexpr std::uint8_t kTlvCrc32c = 0x03;  // 2.2.3

// Octets 13 and 14 of version 2.
constexpr std::uint8_t kVersion2 = 0x20;
constexpr std::uint8_t kLocal = 0x20;
constexpr std::uint8_t kProxy = 0x21;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;

std::uint8_t octet(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// What stands behind the first 16 octets.
std::size_t block_length(std::string_view header) {
  return std::size_t{octet(header, 14)} << 8 | octet(header, 15);
}

// How long the addresses of a family are; UNSPEC in either half means that nobody knows.
std::size_t addresses_length(std::uint8_t family) {
  if ((family & 0x0f) == 0) return 0;
  constexpr std::array<std::size_t, 4> kLengths{0, 12, 36, 216};  // UNSPEC, INET, INET6, UNIX
  return kLengths[family >> 4];
}

std::optional<Endpoint> endpoint_of_v1(std::string_view family, std::string_view host,
                                       std::string_view port) {
  const bool six = family == "TCP6";
  if (host.find('%') != std::string_view::npos) return std::nullopt;  // a scope id is no address
  if ((host.find(':') != std::string_view::npos) != six) return std::nullopt;
  const auto address = Address::parse(host);
  const auto number = parse_decimal<std::uint16_t>(port);
  if (!address || !number || (port.size() > 1 && port.front() == '0')) return std::nullopt;
  return Endpoint{*address, *number};
}

Address address_of_v2(std::string_view bytes) {
  if (bytes.size() == 4) return Address::v4(ByteReader(bytes).integer<std::uint32_t>());
  std::array<std::uint8_t, 16> six{};
  std::copy(bytes.begin(), bytes.end(), six.begin());
  return Address::from_bytes(six);
}

// RFC 4960 appendix B, over the whole header with the checksum's own value as zeros.
std::uint32_t crc32c(std::string_view header, std::size_t value_at) {
  boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> sum;
  const std::array<char, 4> zeros{};
  const auto behind = header.substr(value_at + zeros.size());
  sum.process_bytes(header.data(), value_at);
  sum.process_bytes(zeros.data(), zeros.size());
  sum.process_bytes(behind.data(), behind.size());
  return sum.checksum();
}

}  // namespace

ProxyHeaderDecoder::Step ProxyHeaderDecoder::decode(std::string_view bytes) {
  std::size_t consumed = 0;
  while (outcome_ == Outcome::need_more && consumed < bytes.size()) {
    const auto part = bytes.substr(consumed, step_size());
    header_ += part;
    consumed += part.size();
    look();
  }
  return {outcome_, consumed};
}

// Octet by octet, so that a fault is found where it stands and nothing behind the end is taken;
// only the block whose length is known comes at once.
std::size_t ProxyHeaderDecoder::step_size() const {
  if (header_.size() < kV2FixedLength || header_.front() == kV1Begin.front()) return 1;
  return kV2FixedLength + block_length(header_) - header_.size();
}

void ProxyHeaderDecoder::look() {
  const auto begins_with = [this](std::string_view form) {
    const auto length = std::min(header_.size(), form.size());
    return std::string_view(header_).substr(0, length) == form.substr(0, length);
  };
  if (begins_with(kProxyV2Signature)) {
    look_at_v2();
  } else if (begins_with(kV1Begin)) {
    look_at_v1();
  } else {
    refuse("no PROXY header");
  }
}

void ProxyHeaderDecoder::look_at_v1() {
  const std::string_view header(header_);
  const bool cr_before = header.size() > 1 && header[header.size() - 2] == '\r';
  if (cr_before && header.back() == '\n') return take_line(header.substr(0, header.size() - 2));
  if (cr_before) return refuse("bare CR in the line");
  if (header.back() == '\n') return refuse("bare LF in the line");
  if (header.size() == kLengthMaxV1) return refuse("line over 107 octets");
}

void ProxyHeaderDecoder::take_line(std::string_view line) {
  const auto words = split(line, ' ');
  const auto family = words[1];  // "PROXY " stands in front
  if (family == "UNKNOWN") {     // 2.1: whatever follows is ignored
    outcome_ = Outcome::header;
    return;
  }
  if (family != "TCP4" && family != "TCP6") return refuse("not TCP4, TCP6 or UNKNOWN");
  if (words.size() != 6) return refuse("not two addresses and two ports");
  claim_.source = endpoint_of_v1(family, words[2], words[4]);
  claim_.destination = endpoint_of_v1(family, words[3], words[5]);
  if (!claim_.source || !claim_.destination) return refuse("not an address and port of its family");
  outcome_ = Outcome::header;
}

void ProxyHeaderDecoder::look_at_v2() {
  if (header_.size() == kProxyV2Signature.size() + 1) {
    const auto version_and_command = octet(header_, 12);
    if ((version_and_command & 0xf0) != kVersion2) return refuse("version is not 2");
    if (version_and_command != kLocal && version_and_command != kProxy)
      return refuse("neither LOCAL nor PROXY");
  }
  if (header_.size() < kV2FixedLength) return;
  if (header_.size() == kV2FixedLength) judge_block_length();
  if (outcome_ == Outcome::need_more && header_.size() == kV2FixedLength + block_length(header_)) {
    take_block();
  }
}

void ProxyHeaderDecoder::judge_block_length() {
  const auto length = block_length(header_);
  if (kV2FixedLength + length > kLengthMax) return refuse("header over 2064 octets");
  if (octet(header_, 12) == kLocal) return;  // 2.2: its family is ignored
  const auto family = octet(header_, 13);
  if (family >> 4 > 3 || (family & 0x0f) > 2) return refuse("unknown family or protocol");
  if (length < addresses_length(family)) return refuse("shorter than the addresses of its family");
}

void ProxyHeaderDecoder::take_block() {
  const auto family = octet(header_, 13);
  const auto length = octet(header_, 12) == kLocal ? 0 : addresses_length(family);
  if (length == 0) {  // where its TLVs would begin is not known either: all is skipped
    outcome_ = Outcome::header;
    return;
  }
  const auto block = std::string_view(header_).substr(kV2FixedLength);
  if (!check_tlvs(block.substr(length))) return;
  outcome_ = Outcome::header;
  if (family != kTcp4 && family != kTcp6) return;
  ByteReader reader(block);
  const std::size_t address_length = family == kTcp4 ? 4 : 16;
  const auto source = address_of_v2(reader.take(address_length));
  const auto destination = address_of_v2(reader.take(address_length));
  const auto source_port = reader.integer<std::uint16_t>();
  const auto destination_port = reader.integer<std::uint16_t>();
  claim_.source = Endpoint{source, source_port};
  claim_.destination = Endpoint{destination, destination_port};
}

// False where it refused. Each is a type, a 16-bit length and so many bytes (2.2).
bool ProxyHeaderDecoder::check_tlvs(std::string_view tlvs) {
  ByteReader reader(tlvs);
  while (!reader.at_end()) {
    const auto type = reader.integer<std::uint8_t>();
    const auto value = reader.text();
    if (reader.failed()) {
      refuse("a TLV runs over the end");
      return false;
    }
    if (type != kTlvCrc32c) continue;
    const auto value_at = static_cast<std::size_t>(value.data() - header_.data());
    if (value.size() != 4 ||
        ByteReader(value).integer<std::uint32_t>() != crc32c(header_, value_at)) {
      refuse("wrong checksum");
      return false;
    }
  }
  return true;
}

void ProxyHeaderDecoder::refuse(std::string_view fault) {
  outcome_ = Outcome::bad;
  claim_ = {};
  fault_ = fault;
}

}  // namespace gatepost
