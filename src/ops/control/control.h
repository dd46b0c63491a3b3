// The operations on a running gate, or on its ledger while none runs, as requests and responses.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "gate/hearing.h"
#include "gate/ports/ledger.h"
#include "gate/recent_mail.h"
#include "ops/control/gate_status.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

class Logins;
class TrapStore;

// What the operations work on. Ledger and feed outlive the Control; every function may be called
// from its threads.
struct ControlParts {
  Ledger& ledger;
  SettingsSource settings;
  std::function<WallTime()> now;
  std::function<std::optional<GateStatus>()> status;  // empty or nothing: no gate runs here
  std::function<Status()> reload;                     // empty: no gate runs here
  const SessionFeed* feed = nullptr;                  // null: nothing can be followed
  LogSink log;                                        // empty: what operators do is not logged
  std::function<bool()> may_go_on = {};               // false: we end; empty: always true
  // Beyond the gate, to whom that client or network was carried: "nftables" …; empty: to nobody.
  std::function<std::vector<std::string>(const Network&, WallTime)> carried_to = {};
  // Those added by hand, which are in the settings, too; null: none can be.
  std::shared_ptr<TrapStore> traps = {};
  Hearing* hearing = nullptr;  // the process's; null: no gate runs here, and there is none yet
  const RecentMail* recent = nullptr;  // the same; null: no gate runs here
  const GateTimes* times = nullptr;    // the same
  Logins* logins = nullptr;            // of the page; null: nobody can log in here
  // How many follow the events now, of all who use these parts.
  std::shared_ptr<std::atomic<int>> streams = std::make_shared<std::atomic<int>>(0);
};

// Thread-safe, as its parts are. A long list takes long: not for a thread that serves mail.
class Control {
 public:
  explicit Control(ControlParts parts);

  // Never throws for what a request holds; every error is a problem+json. An answer that goes on is
  // done with before the Control is.
  Response handle(const Request& request) const;

  // Whether a request may take minutes, so that others are not to wait behind it.
  static bool takes_long(const Request& request);

 private:
  ControlParts parts_;
  std::shared_ptr<Hearing> hearing_;  // where the parts have none
};

}  // namespace gatepost
