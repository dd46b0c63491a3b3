// Fails open where something hangs or crashes: a disk, a lock that another process holds, a ledger.
#pragma once

#include "base/duration.h"
#include "doors/wrap/handed_over.h"

namespace gatepost {

// By signals, for who hangs cannot be asked. One in a process.
class ServeAnyway {
 public:
  // Both outlive it.
  ServeAnyway(const Program& program, const InheritedSignals& signals);
  ~ServeAnyway();  // no alarm any more
  ServeAnyway(const ServeAnyway&) = delete;
  ServeAnyway& operator=(const ServeAnyway&) = delete;

  // If this object still lives then, or the process crashes before, it becomes the program.
  void after(Duration patience);
  // The client is not to be served: the process ends then.
  void end_after(Duration patience);
};

}  // namespace gatepost
