// Where the gate speaks to gatepost-enforcer: one socket, one gate at a time, one loop.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "enforcer/kernel_bans.h"
#include "host/unique_fd.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

struct ServerWorld {
  int listener = -1;
  uid_t gate_user = 0;  // who may connect, besides root
  KernelBans* table = nullptr;
  int changes_fd = -1;                 // readable: look
  std::function<void(WallTime)> look;  // and each second
  std::function<void()> ready;         // it was looked at, and gates are heard from now on
  std::function<const std::vector<Network>&()> never_banned;
  std::function<bool()> reread;
  int lifeline = -1;                   // gone: end; -1: none
  std::function<bool()> is_over;       // after a signal: end
  std::function<bool()> wants_reread;  // likewise
  std::function<void(const std::string&)> log;
};

// Returns when the lifeline is gone or is_over() says so. Blocked signals are let in while it
// waits.
void serve(const ServerWorld& world);

}  // namespace gatepost
