// Implements ledger/lmdb/row_codec.h.
#include "ledger/lmdb/row_codec.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <variant>

#include "base/bytes.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 1;

// What the key of an exception by name begins with.
constexpr char kDomain = 'd';
constexpr char kRecipient = 'r';

// With its sign turned over a time before 1970 sorts before one after it.
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

WallTime take_time(ByteReader& in) {
  return wall_time(static_cast<std::int64_t>(in.integer<std::uint64_t>() ^ kSign));
}

std::string_view bytes_of(const Address& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

std::optional<Exception> decode_exception_value(Excepted whom, std::string_view value) {
  ByteReader in(value);
  const auto layout = in.integer<std::uint8_t>();
  const auto added = wall_time(in.integer<std::int64_t>());
  const auto reason = in.text();
  if (in.failed() || !in.at_end() || layout != kLayout) return std::nullopt;
  return Exception{std::move(whom), std::string(reason), added};
}

Address take_address(ByteReader& in) {
  std::array<std::uint8_t, kClientBytes> bytes{};
  const auto taken = in.take(bytes.size());
  std::copy(taken.begin(), taken.end(), bytes.begin());
  return Address::from_bytes(bytes);
}

std::optional<Network> decode_network(std::string_view key) {
  ByteReader in(key);
  const auto base = take_address(in);
  const unsigned bits = in.integer<std::uint8_t>();
  const unsigned least = base.is_v4() ? 96 : 0;
  if (in.failed() || !in.at_end() || bits < least || bits > 128) return std::nullopt;
  const Network network(base, bits - least);
  if (network.base() != base) return std::nullopt;
  return network;
}

}  // namespace

std::string_view encode_client(const ClientKey& client) { return bytes_of(client.address()); }

std::string encode_key(const RecordKey& key) {
  std::string bytes;
  if (key.kind() != RecordKey::Kind::client) bytes.push_back(static_cast<char>(key.kind()));
  bytes.append(reinterpret_cast<const char*>(key.bytes().data()), key.bytes().size());
  return bytes;
}

EncodedRowKey::EncodedRowKey(const ClientKey& client, WallTime at, std::string_view id) {
  auto* out = std::ranges::copy(encode_client(client), bytes_.data()).out;
  const auto time = static_cast<std::uint64_t>(epoch_milliseconds(at)) ^ kSign;
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<char>(time >> shift);
  out = std::ranges::copy(id.substr(0, kIdMax), out).out;
  size_ = static_cast<std::size_t>(out - bytes_.data());
}

RowValueHead encode_row_value_head(const ClientKey& client) {
  RowValueHead head{static_cast<char>(kLayout)};
  std::ranges::copy(encode_client(client), head.begin() + 1);
  return head;
}

std::string encode_exception_key(const Excepted& whom) {
  if (const auto* domain = std::get_if<ExceptedDomain>(&whom)) return kDomain + domain->name;
  if (const auto* recipient = std::get_if<ExceptedRecipient>(&whom)) {
    return kRecipient + recipient->address;
  }
  return encode_network(std::get<Network>(whom));
}

std::string encode_network(const Network& network) {
  std::string key(bytes_of(network.base()));
  const unsigned bits = network.prefix_bits() + (network.base().is_v4() ? 96 : 0);
  ByteWriter(key).integer(static_cast<std::uint8_t>(bits));
  return key;
}

std::string encode_exception_value(const Exception& exception) {
  std::string value;
  ByteWriter out(value);
  out.integer(kLayout);
  out.integer(epoch_milliseconds(exception.added));
  out.text(exception.reason);
  return value;
}

std::string encode_network_ban_value(const NetworkBan& ban) {
  std::string value;
  ByteWriter out(value);
  out.integer(kLayout);
  out.integer(epoch_milliseconds(ban.added));
  out.integer(epoch_milliseconds(ban.until));
  out.text(ban.source);
  out.text(ban.reason);
  return value;
}

std::optional<ClientKey> decode_client(std::string_view key) {
  ByteReader in(key);
  const ClientKey client(take_address(in));
  if (in.failed() || !in.at_end() || encode_client(client) != key) return std::nullopt;
  return client;
}

std::optional<RecordKey> decode_shared(std::string_view key) {
  ByteReader in(key);
  const auto kind = static_cast<RecordKey::Kind>(in.integer<std::uint8_t>());
  const auto bytes = take_address(in).bytes();
  const bool known = kind > RecordKey::Kind::client && kind <= RecordKey::Kind::system;
  if (in.failed() || !in.at_end() || !known) return std::nullopt;
  return RecordKey::from_bytes(kind, bytes);
}

std::optional<RowKey> decode_row_key(std::string_view key) {
  ByteReader in(key);
  const auto at = take_time(in);
  if (in.failed()) return std::nullopt;
  return RowKey{at, std::string(key.substr(sizeof(std::int64_t)))};
}

std::optional<RowKey> decode_client_row_key(std::string_view key) {
  if (key.size() < kClientBytes) return std::nullopt;
  return decode_row_key(key.substr(kClientBytes));
}

std::optional<ClientKey> decode_row_client(std::string_view value) {
  ByteReader in(value);
  const auto layout = in.integer<std::uint8_t>();
  const auto address = take_address(in);
  if (in.failed() || layout != kLayout) return std::nullopt;
  return ClientKey(address);
}

std::optional<Row> decode_row(std::string_view key, std::string_view value) {
  const auto place = decode_row_key(key);
  const auto client = decode_row_client(value);
  if (!place || !client) return std::nullopt;
  return Row{place->id, *client, place->at, std::string(value.substr(1 + kClientBytes))};
}

std::optional<Exception> decode_exception(std::string_view key, std::string_view value) {
  const auto network = decode_network(key);
  if (!network) return std::nullopt;
  return decode_exception_value(*network, value);
}

std::optional<Exception> decode_exception_by_name(std::string_view key, std::string_view value) {
  if (key.size() < 2 || key.size() > 1 + kExceptedTextMax) return std::nullopt;
  std::string text(key.substr(1));
  if (key.front() == kDomain) return decode_exception_value(ExceptedDomain{std::move(text)}, value);
  if (key.front() != kRecipient) return std::nullopt;
  return decode_exception_value(ExceptedRecipient{std::move(text)}, value);
}

std::optional<NetworkBan> decode_network_ban(std::string_view key, std::string_view value) {
  const auto network = decode_network(key);
  ByteReader in(value);
  const auto layout = in.integer<std::uint8_t>();
  const auto added = wall_time(in.integer<std::int64_t>());
  const auto until = wall_time(in.integer<std::int64_t>());
  const auto source = in.text();
  const auto reason = in.text();
  if (!network || in.failed() || !in.at_end() || layout != kLayout) return std::nullopt;
  return NetworkBan{*network, added, until, std::string(source), std::string(reason)};
}

}  // namespace gatepost
