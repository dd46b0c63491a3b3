// An enforcer that only tells what others would carry out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "enforce/ban_table.h"
#include "gate/ports/enforcer.h"

namespace gatepost {

// Tells each ban once, and that it is lifted, unless its time is over; at a restart all anew. Knows
// kRemembered of them; nothing is told of more.
class DryRun final : public Enforcer {
 public:
  struct Tell {
    std::function<void(const Ban&)> ban;
    std::function<void(const Network&)> lift;
    std::function<void(std::uint64_t)> left_out;  // so many of them, for there were too many
  };
  static constexpr std::size_t kToldASecond = 100;
  static constexpr std::size_t kRemembered = 100'000;

  explicit DryRun(Tell tell) : tell_(std::move(tell)) {}

  std::string_view name() const override { return "dry-run"; }
  void ban(const Ban& ban) override;
  void lift(const Network& network) override;
  void except(const std::vector<Network>& networks) override;
  void replace(const BanSource& all) override;
  bool wants_all(Moment now) override;
  EnforcerReport report() const override;

  // Whether it would be refused at a door for mail, or at one of our users'.
  bool refuses(const Address& address, BanScope at, WallTime now) const;

 private:
  void tell_ban(const Ban& ban);
  void tell_lift(const Network& network);
  bool may_tell();

  const Tell tell_;
  mutable std::mutex mutex_;  // guards the table, of which others may ask
  BanTable table_{kRemembered};
  bool wants_all_ = true;
  Moment now_{};
  Instant second_{};  // in which so many were told:
  std::size_t told_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace gatepost
