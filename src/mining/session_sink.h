// Events of logs become sessions.
#pragma once

#include "mining/mine_logs.h"
#include "mining/mined_sessions.h"

namespace gatepost {

class SessionSink final : public EventSink {
 public:
  explicit SessionSink(MinedSessions& sessions) : sessions_(sessions) {}
  void heard(std::size_t, std::uint64_t, const LogEvent& event) override { sessions_.heard(event); }

 private:
  MinedSessions& sessions_;
};

}  // namespace gatepost
