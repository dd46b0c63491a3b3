// What `top` has heard of a gate. Knows no clock but the gate's.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "model/instant.h"
#include "ops/cli/live_screen.h"

namespace gatepost {

// A session that ended; its texts are escaped.
struct EndedSession {
  WallTime ended = kNever;
  std::string client;
  std::string name;     // of the DNS, else its HELO in brackets
  std::string outcome;  // in brackets: what was decided and not carried out
  std::string why;
  Look look = Look::plain;
};

// What is counted since the start, in the order of its columns.
inline constexpr std::array<std::string_view, 8> kTopCounts{
    "sessions", "messages", "tempfail", "jail", "reject", "drop", "observed", "away"};
using TopCounts = std::array<double, kTopCounts.size()>;

class TopNews {
 public:
  // The answer of /v1/status. True where that gate is another one than before: what it has to tell
  // begins anew.
  bool hear_status(boost::json::object status);
  // Of /v1/addresses?state=jailed, those first that were added last.
  void hear_jailed(boost::json::object page) { jailed_ = std::move(page); }
  // Of /v1/sessions?follow=…: lines of the journal, the oldest first, and how many were gone.
  void hear_sessions(std::string_view lines, std::uint64_t missed);
  // Nobody answers, until the next status; what was heard before stays.
  void hear_silence(std::string why) { silence_ = std::move(why); }

  bool has_heard() const { return !status_.empty(); }  // ever
  const std::string& silence() const { return silence_; }
  const boost::json::object& status() const { return status_; }
  const boost::json::object& jailed() const { return jailed_; }
  const std::deque<EndedSession>& sessions() const { return sessions_; }  // the newest first
  std::uint64_t missed() const { return missed_; }

  TopCounts counts() const;
  // Over the last ten seconds or so; nothing until there are two answers of one gate.
  std::optional<TopCounts> per_second() const;

 private:
  struct Sample {
    WallTime at;
    TopCounts counts;
  };

  boost::json::object status_;
  boost::json::object jailed_;
  std::deque<EndedSession> sessions_;
  std::deque<Sample> samples_;
  std::uint64_t missed_ = 0;
  std::string silence_;
};

}  // namespace gatepost
