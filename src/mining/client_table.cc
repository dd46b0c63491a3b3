// Implements mining/client_table.h: open addressing into rows that never move.
#include "mining/client_table.h"

#include <algorithm>
#include <cstring>

#include "mining/compact.h"

namespace gatepost {
namespace {

constexpr std::size_t kPlacesFirst = 64;

std::uint64_t mixed(std::uint64_t bits) {
  bits ^= bits >> 32;
  bits *= 0x9e3779b97f4a7c15u;
  return bits ^ (bits >> 29);
}

// What all clients of a network have in common: IPv4 /24, IPv6 /48.
std::uint64_t network_of(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 12> kV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_v4 = std::equal(kV4.begin(), kV4.end(), address.begin());
  std::uint64_t bits = 0;
  std::memcpy(&bits, address.data() + (is_v4 ? 9 : 0), 6);
  return bits;
}

std::uint64_t all_of(const std::array<std::uint8_t, 16>& address) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.data(), 8);
  std::memcpy(&low, address.data() + 8, 8);
  return mixed(mixed(high) + low);
}

}  // namespace

void ClientTable::add(const Address& client, LogEvent::Kind kind, std::uint32_t count,
                      WallTime at) {
  const auto& address = client.bytes();
  auto& part = parts_[mixed(network_of(address)) % kParts];
  const auto hash = all_of(address);
  const auto seconds = seconds_of(at);
  const std::lock_guard lock(part.mutex);
  auto& row = row_of(part, address, hash);
  add_up(row.events, count);
  if (is_offence(kind)) add_up(row.by_class[static_cast<std::size_t>(class_of(kind))], count);
  if (is_mail(kind)) add_up(row.messages, count);
  if (kind == LogEvent::Kind::judged_spam) add_up(row.spam, count);
  if (seconds == 0) return;
  if (row.first == 0 || seconds < row.first) row.first = seconds;
  row.last = std::max(row.last, seconds);
}

ClientTable::Row& ClientTable::row_of(Part& part, const std::array<std::uint8_t, 16>& address,
                                      std::uint64_t hash) {
  if (part.rows.size() * 4 >= part.places.size() * 3) grow(part);
  const auto mask = part.places.size() - 1;
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    auto& place = part.places[at];
    if (place == 0) {
      part.rows.push_back(Row{.address = address});
      place = static_cast<std::uint32_t>(part.rows.size());
      return part.rows.back();
    }
    if (auto& row = part.rows[place - 1]; row.address == address) return row;
  }
}

void ClientTable::grow(Part& part) {
  part.places.assign(std::max(kPlacesFirst, part.places.size() * 2), 0);
  const auto mask = part.places.size() - 1;
  std::uint32_t number = 0;
  for (const auto& row : part.rows) {
    auto at = all_of(row.address) & mask;
    while (part.places[at] != 0) at = (at + 1) & mask;
    part.places[at] = ++number;
  }
}

std::uint64_t ClientTable::size() const {
  std::uint64_t size = 0;
  for (const auto& part : parts_) size += part.rows.size();
  return size;
}

void ClientTable::each(const std::function<void(const MinedClient&)>& visit,
                       const std::function<void()>& part_ended) const {
  for (const auto& part : parts_) {
    for (const auto& row : part.rows) visit(told(row));
    part_ended();
  }
}

MinedClient ClientTable::told(const Row& row) {
  MinedClient client;
  client.address = Address::from_bytes(row.address);
  client.events = row.events;
  client.by_class = row.by_class;
  for (const auto offences : row.by_class) add_up(client.offences, offences);
  client.messages = row.messages;
  client.spam = row.spam;
  client.first = time_of(row.first);
  client.last = time_of(row.last);
  return client;
}

}  // namespace gatepost
