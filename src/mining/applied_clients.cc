// Implements mining/applied_clients.h.
#include "mining/applied_clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "mining/compact.h"

namespace gatepost {
namespace {

constexpr std::size_t kRowsMax = 7'500'000;
constexpr std::size_t kSlotsAtFirst = 1 << 10;
constexpr std::size_t kDetailMax = 120;
constexpr std::size_t kQuietRows = 1 << 18;
constexpr std::uint64_t kV4 = 0xffff'ffff'0000'0000;  // no client's /64 begins like that

// Of 64 bits: an IPv4 address, or the half of an IPv6 one that is a client's.
std::uint64_t key_of(const ClientKey& client) {
  const auto& address = client.address();
  if (address.is_v4()) return kV4 | address.v4_bits();
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | address.bytes()[i];
  return key;
}

ClientKey client_of(std::uint64_t key) {
  if ((key & kV4) == kV4) return ClientKey(Address::v4(static_cast<std::uint32_t>(key)));
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(key >> (56 - 8 * i));
  return ClientKey(Address::from_bytes(bytes));
}

// Every bit of the key counts for every bit of this (David Stafford's mixer).
std::uint64_t mixed(std::uint64_t key) {
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
  key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
  return key ^ (key >> 31);
}

std::string counted(std::uint32_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

void AppliedClients::add(const AppliedSession& session) {
  const auto key = key_of(ClientKey(session.client));
  const bool says = session.passed > 0 || session.ham > 0 || session.spam > 0;
  const bool known = find(key) != nullptr;
  if (auto* const row = says || known ? begin(key) : &quiet(key)) fold(*row, session);
}

void AppliedClients::fold(Row& row, const AppliedSession& session) {
  const auto began = seconds_of(session.began);
  row.first = row.first == 0 ? began : std::min(row.first, began);
  row.last = std::max(row.last, seconds_of(session.ended));
  add_up(row.sessions, 1);
  add_up(row.passed, session.passed);
  add_up(row.ham, session.ham);
  add_up(row.spam, session.spam);
  add_up(row.unknown_users, session.unknown_users);
  add_up(row.wrong_passwords, session.wrong_passwords);
  add_up(row.offences, session.offences);
}

void AppliedClients::sentenced(const Address& client, const Sentence& sentence,
                               std::uint32_t offences) {
  auto* const row = begin(key_of(ClientKey(client)));
  if (!row) return;
  const auto reason = static_cast<std::uint8_t>(sentence.reason);
  if (row->strikes == 0) {
    ++jailed_;
    row->jailed_at = seconds_of(sentence.from);
    row->offences_before = row->offences;
    add_up(row->offences_before, offences);
    row->first_reason = reason;
  }
  if (row->strikes < std::numeric_limits<std::uint8_t>::max()) ++row->strikes;
  row->reason = reason;
  row->evidence_classes = sentence.evidence_classes;
}

std::size_t AppliedClients::slot_of(std::uint64_t key) const {
  auto slot = mixed(key) & (slots_.size() - 1);
  while (slots_[slot] != 0 && rows_[slots_[slot] - 1].key != key) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

const AppliedClients::Row* AppliedClients::find(std::uint64_t key) const {
  if (slots_.empty()) return nullptr;
  const auto number = slots_[slot_of(key)];
  return number == 0 ? nullptr : &rows_[number - 1];
}

AppliedClients::Row* AppliedClients::begin(std::uint64_t key) {
  if (rows_.size() * 4 >= slots_.size() * 3) widen();
  auto& number = slots_[slot_of(key)];
  if (number != 0) return &rows_[number - 1];
  if (rows_.size() >= kRowsMax) return nullptr;
  auto& known = quiet(key);
  rows_.push_back(known);
  known = Row();
  number = static_cast<std::uint32_t>(rows_.size());
  return &rows_.back();
}

AppliedClients::Row& AppliedClients::quiet(std::uint64_t key) {
  if (quiet_.empty()) quiet_.resize(kQuietRows);
  auto& row = quiet_[mixed(key) >> 32 & (kQuietRows - 1)];
  if (row.key != key) row = Row{.key = key};
  return row;
}

void AppliedClients::widen() {
  slots_.assign(std::max(kSlotsAtFirst, slots_.size() * 2), 0);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    slots_[slot_of(rows_[i].key)] = static_cast<std::uint32_t>(i + 1);
  }
}

WhatIf::Jailed AppliedClients::jailed(const Row& row) {
  return {client_of(row.key).address(), time_of(row.jailed_at), row.strikes, row.offences_before,
          std::string(to_string(static_cast<CheckName>(row.first_reason)))};
}

std::optional<WhatIf::Jailed> AppliedClients::first_jailed(const ClientKey& client) const {
  const auto* const row = find(key_of(client));
  return row && row->strikes > 0 ? std::optional(jailed(*row)) : std::nullopt;
}

AppliedClient AppliedClients::applied(const Row& row) {
  AppliedClient client;
  client.client = client_of(row.key);
  client.sessions = row.sessions;
  client.passed = row.passed;
  client.ham = row.ham;
  client.spam = row.spam;
  client.first = time_of(row.first);
  client.last = time_of(row.last);
  client.strikes = row.strikes;
  client.evidence_classes = std::max<std::uint8_t>(row.evidence_classes, 1);
  client.reason = static_cast<CheckName>(row.reason);
  const auto told = std::uint64_t{row.unknown_users} + row.wrong_passwords;
  const auto others = row.offences > told ? static_cast<std::uint32_t>(row.offences - told) : 0;
  std::string what;
  for (const auto& [count, word] :
       {std::pair{row.unknown_users, "unknown user"},
        std::pair{row.wrong_passwords, "wrong password"}, std::pair{row.spam, "spam message"},
        std::pair{others, told > 0 ? "other offence" : "offence"}}) {
    if (count > 0) what += (what.empty() ? "" : ", ") + counted(count, word);
  }
  if (what.empty()) what = counted(row.passed, "message");
  client.detail = (what + " in " + counted(row.sessions, "session")).substr(0, kDetailMax);
  return client;
}

void AppliedClients::each(const std::function<void(const AppliedClient&)>& visit) const {
  for (const auto& row : rows_) {
    if (row.says_something()) visit(applied(row));
  }
}

}  // namespace gatepost
