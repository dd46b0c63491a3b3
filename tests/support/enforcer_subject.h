// An enforcer under the contract test, and the world that it works on.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "gate/ports/enforcer.h"

namespace gatepost {

class EnforcerSubject {
 public:
  virtual ~EnforcerSubject() = default;

  virtual Enforcer& enforcer() = 0;

  // Whether who comes from there now is refused at a door for mail (`mail`), or at one of our own
  // users' (`every`), as it was told `patience()` ago.
  virtual bool refuses(const Address& client, BanScope door) = 0;
  // Lists are for mail servers; nobody asks them at the users' doors.
  virtual bool has_users_doors() const { return true; }

  // The time that the enforcer goes by, and lets so much of it pass.
  virtual Moment now() = 0;
  virtual void pass(Duration time) = 0;

  // How long it may take until what it was told is so, and how short a ban may be to be met.
  virtual Duration patience() const { return {}; }
  virtual Duration short_ban() const { return std::chrono::milliseconds(1500); }
};

// Where time passes at once.
class VirtualTimeSubject : public EnforcerSubject {
 public:
  Moment now() override { return now_; }
  void pass(Duration time) override {
    now_.instant += time;
    now_.wall += time;
  }

 private:
  Moment now_{Instant(std::chrono::hours(1)), wall_time(1'800'000'000'000)};
};

// One row of the contract: whoever cannot be tried here (no right to make a namespace, say) is
// null, and `missing` says what is not there.
struct EnforcerMaker {
  std::string name;
  std::function<std::unique_ptr<EnforcerSubject>(std::string& missing)> make;
};
inline std::ostream& operator<<(std::ostream& out, const EnforcerMaker& maker) {
  return out << maker.name;
}

}  // namespace gatepost
