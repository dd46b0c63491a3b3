// An enforcer under the contract test, and the world that it works on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gate/ports/enforcer.h"

namespace gatepost {

class EnforcerSubject {
 public:
  virtual ~EnforcerSubject() = default;

  virtual Enforcer& enforcer() = 0;

  // Whether who comes from there now is refused at a door for mail (`mail`), or at one of our own
  // users' (`every`). Waits first until what the enforcer was told is done.
  virtual bool refuses(const Address& client, BanScope door) = 0;

  // The time that the enforcer goes by, and lets so much of it pass.
  virtual Moment now() = 0;
  virtual void pass(Duration time) = 0;
};

// One row of the contract: whoever cannot be tried here (no right to make a namespace, say) is
// null, and `why_not` says why.
struct EnforcerMaker {
  std::string name;
  std::function<std::unique_ptr<EnforcerSubject>(std::string& why_not)> make;
};

}  // namespace gatepost
