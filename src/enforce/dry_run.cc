// Implements enforce/dry_run.h.
#include "enforce/dry_run.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatepost {

void DryRun::ban(const Ban& ban) {
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = ban.until > now_.wall && table_.ban(ban) && !table_.is_excepted(ban.network);
  }
  if (is_new) tell_ban(ban);
}

void DryRun::lift(const Network& network) {
  bool lifted = false;
  {
    const std::lock_guard lock(mutex_);
    lifted = table_.lift(network, now_.wall) && !table_.is_excepted(network);
  }
  if (lifted) tell_lift(network);
}

void DryRun::except(const std::vector<Network>& networks) {
  std::vector<Ban> banned;
  std::vector<Network> lifted;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Network> spared;
    for (const auto& [network, ban] : table_.bans()) {
      if (table_.is_excepted(network)) spared.push_back(network);
    }
    table_.except(networks);
    for (const auto& [network, ban] : table_.bans()) {
      if (ban.until <= now_.wall) continue;
      const bool before = std::binary_search(spared.begin(), spared.end(), network);
      const bool after = table_.is_excepted(network);
      if (after && !before) lifted.push_back(network);
      if (before && !after) banned.push_back(ban);
    }
  }
  for (const auto& network : lifted) tell_lift(network);
  for (const auto& ban : banned) tell_ban(ban);
}

void DryRun::replace(const BanSource& all) {
  wants_all_ = false;
  BanTable::Bans gone;
  {
    const std::lock_guard lock(mutex_);
    gone = table_.bans();
  }
  all([&](const Ban& one) {
    gone.erase(one.network);
    ban(one);
    return true;
  });
  for (const auto& [network, ban] : gone) lift(network);
}

bool DryRun::wants_all(Moment now) {
  now_ = now;
  if (now.instant - second_ >= std::chrono::seconds(1)) {
    second_ = now.instant;
    told_ = 0;
    if (left_out_ > 0) tell_.left_out(std::exchange(left_out_, 0));
    const std::lock_guard lock(mutex_);
    table_.expire(now.wall);
  }
  return wants_all_;
}

EnforcerReport DryRun::report() const {
  const std::lock_guard lock(mutex_);
  EnforcerReport report;
  report.name = name();
  report.bans = table_.bans().size();
  return report;
}

bool DryRun::refuses(const Address& address, BanScope at, WallTime now) const {
  const std::lock_guard lock(mutex_);
  return table_.refuses(address, at, now);
}

void DryRun::tell_ban(const Ban& ban) {
  if (may_tell()) tell_.ban(ban);
}

void DryRun::tell_lift(const Network& network) {
  if (may_tell()) tell_.lift(network);
}

bool DryRun::may_tell() {
  if (told_ >= kToldASecond) {
    ++left_out_;
    return false;
  }
  ++told_;
  return true;
}

}  // namespace gatepost
