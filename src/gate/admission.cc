// Implements gate/admission.h.
#include "gate/admission.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace gatepost {
namespace {

// Fewer than these from one neighbourhood are no crowd, however empty the others are.
constexpr std::size_t kCrowd = 4;

ClientKey neighbourhood_of(const ClientKey& client) {
  const auto& address = client.address();
  return ClientKey(Network(address, address.is_v4() ? 24 : 48).base());
}

}  // namespace

// ---- counts

// Two rounds of a 64-bit multiplicative mixer (splitmix64) around the secret.
Admission::Counts::Count Admission::Counts::none_of(const ClientKey& key) const {
  const auto mix = [](std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
  };
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof key.address().bytes());
  std::memcpy(halves, key.address().bytes().data(), sizeof halves);
  return {mix(mix(halves[0] ^ seed_) + halves[1]) & ~std::uint64_t{0xff'ffff}};
}

std::size_t Admission::Counts::Hash::operator()(const Count& count) const noexcept {
  return count.name() * 0x9e3779b97f4a7c15u;
}

std::uint32_t Admission::Counts::of(const ClientKey& key) const {
  const auto known = counts_.find(none_of(key));
  return known == counts_.end() ? 0 : known->value();
}

void Admission::Counts::increase(const ClientKey& key) {
  const auto known = counts_.insert(none_of(key)).first;
  ++known->bits;
}

void Admission::Counts::decrease(const ClientKey& key) {
  const auto known = counts_.find(none_of(key));
  assert(known != counts_.end());
  --known->bits;
  if (known->value() == 0) counts_.erase(known);
}

// ---- places

Admission::Admission(std::size_t seed) : of_client_(seed), of_neighbourhood_(seed) {}

Admission::Answer Admission::enter(const ClientKey& client, bool known, std::size_t places,
                                   const LimitSettings& limits) {
  places_ = places;
  judge_stress();
  if (total_ >= places) return Answer::too_many;
  if (of_client_.of(client) >= limits.sessions_per_address) return Answer::too_many_of_client;
  const auto neighbourhood = neighbourhood_of(client);
  const std::size_t neighbours = of_neighbourhood_.of(neighbourhood);
  if (stressed_ && !known && is_crowded(neighbours)) return Answer::too_many_of_neighbourhood;
  of_client_.increase(client);
  of_neighbourhood_.increase(neighbourhood);
  if (neighbours > 0) --neighbourhoods_of_[neighbours];
  if (neighbourhoods_of_.size() <= neighbours + 1) neighbourhoods_of_.resize(neighbours + 2);
  ++neighbourhoods_of_[neighbours + 1];
  fullest_ = std::max(fullest_, neighbours + 1);
  take_place();
  return Answer::welcome;
}

// One with half as many as the fullest belongs to the flood as well: else it would only move next
// door.
bool Admission::is_crowded(std::size_t neighbours) const {
  return neighbours >= kCrowd && 2 * neighbours >= fullest_;
}

void Admission::leave(const ClientKey& client) {
  const auto neighbourhood = neighbourhood_of(client);
  const std::size_t neighbours = of_neighbourhood_.of(neighbourhood);
  of_client_.decrease(client);
  of_neighbourhood_.decrease(neighbourhood);
  --neighbourhoods_of_[neighbours];
  if (neighbours > 1) ++neighbourhoods_of_[neighbours - 1];
  if (neighbourhoods_of_[neighbours] == 0 && neighbours == fullest_) --fullest_;
  give_place();
}

Admission::Answer Admission::enter_unnamed(std::size_t places) {
  places_ = places;
  if (total_ >= places) return Answer::too_many;
  take_place();
  return Answer::welcome;
}

void Admission::leave_unnamed() { give_place(); }

void Admission::take_place() {
  ++total_;
  judge_stress();
}

void Admission::give_place() {
  assert(total_ > 0);
  --total_;
  judge_stress();
}

void Admission::judge_stress() {
  if (total_ * 50 >= places_ * 49) stressed_ = true;
  if (total_ * 10 < places_ * 9) stressed_ = false;
}

}  // namespace gatepost
