// The one that hears what a message was, and the mail that came lately, for all of the gate.
#pragma once

#include <mutex>

#include "gate/hearing.h"
#include "gate/passing_message.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/recent_mail.h"
#include "ops/control/gate_status.h"

namespace gatepost {

// Any thread, one at a time. Both outlive it.
class GateHearing {
 public:
  GateHearing(Ledger& ledger, Recorder& recorder);
  GateHearing(const GateHearing&) = delete;
  GateHearing& operator=(const GateHearing&) = delete;

  Hearing& hearing() { return hearing_; }
  RecentMail& recent() { return recent_; }
  MailEars ears() { return {&hearing_, &recent_}; }
  LearnStatus status() const;

 private:
  // Who holds the one of the mail that came may take the other.
  mutable std::mutex hearing_mutex_;
  mutable std::mutex recent_mutex_;
  Hearing hearing_;
  RecentMail recent_;
};

}  // namespace gatepost
