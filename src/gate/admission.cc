// Implements gate/admission.h.
#include "gate/admission.h"

#include <cassert>
#include <cstring>

namespace gatepost {
namespace {

// Fewer than these from one neighbourhood are no crowd, however empty the others are.
constexpr std::uint32_t kCrowd = 4;

ClientKey neighbourhood_of(const ClientKey& client) {
  const auto& address = client.address();
  return ClientKey(Network(address, address.is_v4() ? 24 : 48).base());
}

}  // namespace

// Two rounds of a 64-bit multiplicative mixer (splitmix64) around the secret.
std::size_t Admission::Hash::operator()(const ClientKey& key) const noexcept {
  const auto mix = [](std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
  };
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof key.address().bytes());
  std::memcpy(halves, key.address().bytes().data(), sizeof halves);
  return mix(mix(halves[0] ^ seed) + halves[1]);
}

Admission::Admission(std::size_t seed)
    : of_client_(0, Hash{seed}), of_neighbourhood_(0, Hash{seed}) {}

Admission::Answer Admission::enter(const ClientKey& client, bool known, std::size_t places,
                                   const LimitSettings& limits) {
  if (total_ >= places) return Answer::too_many;
  const auto here = of_client_.find(client);
  if (here != of_client_.end() && here->second >= limits.sessions_per_address)
    return Answer::too_many_of_client;
  auto& neighbours = of_neighbourhood_[neighbourhood_of(client)];
  if (stressed_ && !known && is_crowded(neighbours)) return Answer::too_many_of_neighbourhood;
  ++of_client_[client];
  if (neighbours > 0) --neighbourhoods_of_[neighbours];
  ++neighbours;
  if (neighbourhoods_of_.size() <= neighbours) neighbourhoods_of_.resize(neighbours + 1);
  ++neighbourhoods_of_[neighbours];
  if (neighbours > fullest_) fullest_ = neighbours;
  take_place(places);
  return Answer::welcome;
}

// One with half as many as the fullest belongs to the flood as well: else it would only move next
// door.
bool Admission::is_crowded(std::uint32_t neighbours) const {
  return neighbours >= kCrowd && 2 * std::size_t{neighbours} >= fullest_;
}

void Admission::leave(const ClientKey& client) {
  const auto here = of_client_.find(client);
  assert(here != of_client_.end());
  if (--here->second == 0) of_client_.erase(here);
  const auto around = of_neighbourhood_.find(neighbourhood_of(client));
  assert(around != of_neighbourhood_.end());
  --neighbourhoods_of_[around->second];
  if (neighbourhoods_of_[around->second] == 0 && around->second == fullest_) --fullest_;
  if (--around->second == 0) {
    of_neighbourhood_.erase(around);
  } else {
    ++neighbourhoods_of_[around->second];
  }
  give_place();
}

Admission::Answer Admission::enter_unnamed(std::size_t places) {
  if (total_ >= places) return Answer::too_many;
  take_place(places);
  return Answer::welcome;
}

void Admission::leave_unnamed() { give_place(); }

void Admission::take_place(std::size_t places) {
  ++total_;
  places_ = places;
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
