// What carries bans out for gatepost-enforcer; NftTable is the one that there is outside of tests.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "enforce/message.h"
#include "model/address.h"
#include "model/ban.h"
#include "model/instant.h"

namespace gatepost {

// A client or a network, refused from now on.
struct KernelBan {
  Network network;
  BanScope scope = BanScope::mail;
  WallTime until = kNever;
};

struct HeldBan {
  BanScope scope = BanScope::mail;
  WallTime until = kNever;
};

// Calls that answer with a Refusal have done what they are asked for where that is `none`. What is
// over already is not put in.
class KernelBans {
 public:
  virtual ~KernelBans() = default;

  // In the place of what is held of that network. One larger than a client may wait for settle().
  virtual Refusal ban(const KernelBan& ban, WallTime now) = 0;
  // No fault where nobody is banned.
  virtual Refusal lift(const Network& network, WallTime now) = 0;
  // Nobody in these is refused, whatever is banned; besides those that never are.
  virtual Refusal except(const std::vector<Network>& networks) = 0;
  // Carries out what waits; called after some messages, when there are no more.
  virtual Refusal settle(WallTime now) = 0;

  // All anew: what is added between counts at commit() and not before, all at once. A begin() or
  // abandon() forgets what was added.
  virtual void begin() = 0;
  virtual Refusal add(const KernelBan& ban, WallTime now) = 0;
  virtual Refusal commit(const std::vector<Network>& excepted, WallTime now) = 0;
  virtual void abandon() = 0;

  virtual std::optional<HeldBan> held(const Network& network, WallTime now) = 0;
  virtual EnforcerState state(WallTime now) = 0;
  virtual bool wants_all() const = 0;  // as the state has it, at no cost
};

}  // namespace gatepost
