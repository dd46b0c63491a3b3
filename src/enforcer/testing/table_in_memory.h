// For tests: bans as a table of the kernel holds them, in memory.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include "enforcer/kernel_bans.h"

namespace gatepost {

class TableInMemory : public KernelBans {
 public:
  Refusal ban(const KernelBan& ban, WallTime now) override {
    if (fails != Refusal::none) return fails;
    if (ban.until <= now) return lift(ban.network, now);
    bans[ban.network] = {ban.scope, ban.until};
    return Refusal::none;
  }
  Refusal lift(const Network& network, WallTime) override {
    bans.erase(network);
    return fails;
  }
  Refusal except(const std::vector<Network>& networks) override {
    excepted = networks;
    return fails;
  }
  Refusal settle(WallTime) override { return fails; }

  void begin() override {
    filling.emplace();
    ++begun;
  }
  Refusal add(const KernelBan& ban, WallTime now) override {
    if (!filling) std::abort();  // the contract: only after begin()
    if (filling->size() >= most) return Refusal::full;
    if (ban.until > now) (*filling)[ban.network] = {ban.scope, ban.until};
    return Refusal::none;
  }
  Refusal commit(const std::vector<Network>& networks, WallTime) override {
    if (!filling) std::abort();
    if (fails == Refusal::none) {
      bans = *filling;
      excepted = networks;
      lost = false;
    }
    filling.reset();
    return fails;
  }
  void abandon() override {
    if (!filling) std::abort();
    filling.reset();
  }

  std::optional<HeldBan> held(const Network& network, WallTime) override {
    const auto found = bans.find(network);
    return found == bans.end() ? std::nullopt : std::optional(found->second);
  }
  EnforcerState state(WallTime) override {
    EnforcerState told;
    told.bans = bans.size();
    told.wants_all = lost;
    return told;
  }
  bool wants_all() const override { return lost; }

  std::map<Network, HeldBan> bans;
  std::optional<std::map<Network, HeldBan>> filling;
  std::vector<Network> excepted;
  std::size_t most = 1000;
  Refusal fails = Refusal::none;
  bool lost = true;
  int begun = 0;
};

}  // namespace gatepost
