// An enforcer in memory, for tests: does at once what it is told, and may be asked for it.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "enforce/ban_table.h"
#include "gate/ports/enforcer.h"

namespace gatepost {

// Calls as in the port; all that is not of the port may be called from any thread.
class MemoryEnforcer final : public Enforcer {
 public:
  std::string_view name() const override { return "memory"; }
  void ban(const Ban& ban) override {
    const std::lock_guard lock(mutex_);
    table_.ban(ban);
    said_.push_back("ban " + ban.network.to_string());
  }
  void lift(const Network& network) override {
    const std::lock_guard lock(mutex_);
    table_.lift(network, kNever);
    said_.push_back("lift " + network.to_string());
  }
  void except(const std::vector<Network>& networks) override {
    const std::lock_guard lock(mutex_);
    table_.except(networks);
    said_.push_back("except " + std::to_string(networks.size()));
  }
  void replace(const BanSource& all) override {
    std::vector<Ban> bans;
    all([&](const Ban& ban) {
      bans.push_back(ban);
      return true;
    });
    const std::lock_guard lock(mutex_);
    if (deaf_) return;
    table_.clear();
    for (const auto& ban : bans) table_.ban(ban);
    said_.push_back("replace " + std::to_string(bans.size()));
    wants_all_ = false;
  }
  void reread() override {
    const std::lock_guard lock(mutex_);
    said_.emplace_back("reread");
  }
  bool wants_all(Moment) override {
    const std::lock_guard lock(mutex_);
    return wants_all_;
  }
  std::string what_stays() const override {
    const std::lock_guard lock(mutex_);
    return deaf_ ? "bans stay" : "";
  }
  EnforcerReport report() const override {
    const std::lock_guard lock(mutex_);
    EnforcerReport report{"memory", trouble_.empty(), trouble_};
    report.bans = table_.bans().size();
    return report;
  }

  // Whether it would let nobody from there in.
  bool refuses(const Address& address, BanScope door, WallTime now) const {
    const std::lock_guard lock(mutex_);
    return table_.refuses(address, door, now);
  }
  bool wants() const {
    const std::lock_guard lock(mutex_);
    return wants_all_;
  }
  // What it was told since this was asked last, a line a call.
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return std::exchange(said_, {});
  }
  // As when the other program starts again.
  void lose_all() {
    const std::lock_guard lock(mutex_);
    table_.clear();
    wants_all_ = true;
  }
  // It takes nothing whole.
  void set_deaf(bool deaf) {
    const std::lock_guard lock(mutex_);
    deaf_ = deaf;
  }
  void set_trouble(std::string trouble) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  BanTable table_{1'000'000};
  std::vector<std::string> said_;
  std::string trouble_;
  bool wants_all_ = true;
  bool deaf_ = false;
};

}  // namespace gatepost
