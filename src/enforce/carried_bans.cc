// Implements enforce/carried_bans.h.
#include "enforce/carried_bans.h"

#include <functional>
#include <string_view>
#include <utility>

namespace gatepost {

std::size_t NetworkHash::operator()(const Network& network) const noexcept {
  return std::hash<Address>{}(network.base()) + network.prefix_bits();
}

std::uint64_t CarriedBans::fingerprint_of(const Ban& ban) {
  std::uint64_t mixed = 0;
  const auto mix = [&](std::uint64_t value) {
    mixed = (mixed ^ value) * 0x9e3779b97f4a7c15u;
    mixed ^= mixed >> 32;
  };
  mix(static_cast<std::uint64_t>(epoch_milliseconds(ban.from)));
  mix(static_cast<std::uint64_t>(epoch_milliseconds(ban.until)));
  mix(static_cast<std::uint64_t>(ban.scope) << 8 | static_cast<std::uint64_t>(ban.reason));
  mix(std::hash<std::string_view>{}(ban.id));
  mix(std::hash<std::string_view>{}(ban.remark));
  return mixed;
}

std::optional<CarriedBans::Carried> CarriedBans::find(const Network& network) const {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(network);
  if (row == rows_.end()) return std::nullopt;
  return row->second.carried;
}

bool CarriedBans::has(const Ban& ban) const {
  const auto known = find(ban.network);
  return known && known->fingerprint == fingerprint_of(ban);
}

void CarriedBans::put(const Ban& ban) {
  const std::lock_guard lock(mutex_);
  rows_.insert_or_assign(ban.network, Row{{ban.until, fingerprint_of(ban)}, look_});
}

bool CarriedBans::erase(const Network& network) {
  const std::lock_guard lock(mutex_);
  return rows_.erase(network) > 0;
}

std::size_t CarriedBans::size() const {
  const std::lock_guard lock(mutex_);
  return rows_.size();
}

void CarriedBans::each(const std::function<void(const Network&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [network, row] : rows_) visit(network);
}

void CarriedBans::swap(CarriedBans& others) {
  const std::scoped_lock lock(mutex_, others.mutex_);
  rows_.swap(others.rows_);
  undisturbed_ = false;
}

void CarriedBans::begin_marking() {
  const std::lock_guard lock(mutex_);
  ++look_;
  undisturbed_ = true;
}

bool CarriedBans::mark(const Ban& ban) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(ban.network);
  if (row == rows_.end()) return false;
  row->second.marked = look_;
  return row->second.carried.fingerprint == fingerprint_of(ban);
}

std::optional<std::vector<Network>> CarriedBans::take_unmarked(std::size_t most, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (!undisturbed_) return std::nullopt;
  std::erase_if(rows_, [=](const auto& row) { return row.second.carried.until <= now; });
  std::vector<Network> networks;
  for (const auto& [network, row] : rows_) {
    if (networks.size() == most) break;
    if (row.marked != look_) networks.push_back(network);
  }
  return networks;
}

}  // namespace gatepost
