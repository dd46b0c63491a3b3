// The port through which bans are carried outside: to the kernel's packet filter, to lists that
// other programs read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/ban.h"
#include "model/instant.h"

namespace gatepost {

// What is told of an enforcer in `status`.
struct EnforcerReport {
  std::string name;     // "nftables", "hosts.deny" …
  bool well = true;     // it says what the ledger says, or will within seconds
  std::string trouble;  // what is wrong and what to do, where not well
  std::uint64_t bans = 0;
  std::uint64_t refused = 0;   // packets dropped, where it can tell
  std::uint64_t repaired = 0;  // how often it was found to say something else
};

// Gives every ban that is in force, networks first, until `visit` returns false.
using BanSource = std::function<void(const std::function<bool(const Ban&)>& visit)>;

// Calls come from one thread, but for report(), which may come from any. They may wait for a disk
// or another process for some seconds, and never fail towards the caller: what could not be done
// shows in report(), and is tried again by wants_all().
class Enforcer {
 public:
  virtual ~Enforcer() = default;

  virtual std::string_view name() const = 0;

  // Refuses it from now on; who is banned already is banned as this one says.
  virtual void ban(const Ban& ban) = 0;
  // Lets it in, if it was banned.
  virtual void lift(const Network& network) = 0;
  // Never refuses anybody in these, whatever is banned: all of them, in the place of those before.
  virtual void except(const std::vector<Network>& networks) = 0;

  // Nobody but these is banned. What was said before is forgotten; the exceptions stay.
  virtual void replace(const BanSource& all) = 0;
  // Whether it asks for replace(): at first, when another process has lost what it knew, when a
  // list is to be written anew. Called several times a second, and may do what is due.
  virtual bool wants_all(Moment now) = 0;

  // What is refused outside though replace() was just called with nobody, as nobody hears it now,
  // and what to do; empty where it hears.
  virtual std::string what_stays() const { return {}; }

  // The settings' file may say something else now.
  virtual void reread() {}

  virtual EnforcerReport report() const = 0;
};

}  // namespace gatepost
