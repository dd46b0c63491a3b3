// The mail that came lately, by all of its names, so that who speaks of a message speaks of its
// client.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "gate/hearing.h"
#include "model/address.h"
#include "model/told_message.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// A message whose client a door of ours or a log told of.
struct CameIn {
  Address client;
  std::string queue_id;    // of the server that took it; empty: not known
  std::string message_id;  // without brackets; empty: none, or not known
  std::string sender_domain;
  std::string recipient;  // where there was one alone, as it is compared
  WallTime at = kNever;
};

// For all doors and logs; any thread. What a filter says before the message is known waits some
// minutes for it. Bounded in messages and time: who came longest ago is given up, counted.
class RecentMail {
 public:
  // All outlive it.
  RecentMail(Ledger& ledger, Hearing& hearing) : ledger_(ledger), hearing_(hearing) {}

  void came(const CameIn& message, const Settings& settings);
  // A line of a log: messages that came, their names, what filters say of them, and whom ours write
  // to. `at` is the line's time.
  void heard(const LogEvent& event, WallTime at, const Settings& settings);
  // Now and then.
  void expire(WallTime now, const Settings& settings);

  struct Counts {
    std::uint64_t judged = 0;    // words of filters
    std::uint64_t unjoined = 0;  // of which nobody knew the message
    std::uint64_t sent = 0;      // deliveries of ours to elsewhere
  };
  Counts counts() const;

 private:
  Ledger& ledger_;
  Hearing& hearing_;
  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace gatepost
