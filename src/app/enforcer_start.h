// gatepost-enforcer, started beside the gate by who may still give it its power.
#pragma once

#include <memory>

#include "base/result.h"
#include "gate/settings.h"

namespace gatepost {

// What ends the enforcer that we have started when it is gone: with us, however we end.
class Lifeline {
 public:
  explicit Lifeline(int fd) : fd_(fd) {}
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline();

 private:
  const int fd_;
};

// As root, and where the settings ask for nftables; otherwise does nothing. Where somebody answers
// at their socket, a process waits meanwhile, ten seconds at most: the enforcer of a gate that is
// gone ends, and ours takes its place; another one stays, and ours is not started. It is looked for
// beside our own program, then in ../libexec and ../sbin from there. One that ends while the gate
// runs is not started again. Before there are threads. Error: there is none, or it cannot be
// started; the gate goes on without.
Result<std::unique_ptr<Lifeline>> start_enforcer(const EnforceSettings& settings,
                                                 const std::string& settings_file);

}  // namespace gatepost
