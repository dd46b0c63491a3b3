// The thread that carries bans to enforcers: within milliseconds of the verdict, and nobody waits
// for it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "enforce/carriage.h"
#include "gate/watched_ledger.h"

namespace gatepost {

// A second thread looks each minute at what other processes may have changed. Enforcers that may
// take long (files) have a carrier of their own, so that the others do not wait for them.
class BanCarrier final : public StandingListener {
 public:
  static constexpr Duration kLookAround = std::chrono::minutes(1);

  // What the parts refer to outlives it. It begins when `before`, which retires, has ended.
  BanCarrier(Carriage::Parts parts, Carriage::Enforcers enforcers, std::function<Moment()> now,
             std::unique_ptr<BanCarrier> before = {}, Duration look_around = kLookAround);
  ~BanCarrier() override;  // ends; what has been carried stays
  BanCarrier(const BanCarrier&) = delete;
  BanCarrier& operator=(const BanCarrier&) = delete;

  // Any thread, and return at once, as do all that follow.
  void standing_changed(const ClientKey& client) override;
  void exceptions_changed() override;
  void network_bans_changed() override;
  void settings_changed();

  // Lets everybody in and ends; ended() says when. Waits some seconds for who hears nothing.
  void retire();
  bool ended() const;

  bool carries(const Network& network, WallTime now) const {
    return carriage_.carries(network, now);
  }
  std::vector<EnforcerReport> reports() const { return carriage_.reports(); }

 private:
  void carry();
  void lift_all();
  void look_around();
  bool await(Unsettled& unsettled);
  bool await_look_around();
  void tell(const std::function<void()>& change);
  bool ending() const;

  Carriage carriage_;
  const std::function<Moment()> now_;
  const Duration look_around_each_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable wake_lookout_;
  std::unordered_set<Network, NetworkHash> networks_;  // as in Unsettled
  Unsettled unsettled_;                                // but for the networks
  bool changed_ = false;
  bool look_around_ = false;
  bool ending_ = false;
  bool lifting_all_ = false;
  bool ended_ = false;

  std::unique_ptr<BanCarrier> before_;  // the carrying thread's

  std::thread carrying_;
  std::thread looking_;
};

}  // namespace gatepost
