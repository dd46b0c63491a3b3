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

// As root, and where the settings ask for nftables and nobody answers at their socket yet;
// otherwise does nothing. It is looked for beside our own program, then in ../libexec and ../sbin
// from there. Before there are threads. Error: there is none, or it cannot be started; the gate
// goes on without.
Result<std::unique_ptr<Lifeline>> start_enforcer(const EnforceSettings& settings,
                                                 const std::string& settings_file);

}  // namespace gatepost
