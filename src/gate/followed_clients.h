// The clients that a mail server's log tells of, judged as if they had come through a door of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/judge.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "wire/maillog/log_event.h"

namespace gatepost {

// What they need of the world, all outliving them.
struct FollowWorld {
  Ledger& ledger;
  Recorder& recorder;
  Breaker* breaker = nullptr;                       // null: none
  std::function<std::string(WallTime now)> new_id;  // one word, unique
  // Told before an event of a known client counts; may be null.
  std::function<void(SessionJudge& judge, const LogEvent& event, WallTime at)> heard = {};
};

// Of one log. A visit is one connection where the log tells them apart, else what a client does
// without a longer pause; it is a session like any other. Nobody here is refused anything: what a
// visit shows goes to the ledger, and the doors ask that. Unknown users wait for the line that
// tells of how many recipients they were, where there will be one. Bound to one thread.
class FollowedClients {
 public:
  explicit FollowedClients(FollowWorld world) : world_(std::move(world)) {}

  // Visits that are under way go on with the settings that they began with.
  void heard(const LogEvent& event, const std::shared_ptr<const Settings>& settings,
             Duration max_age, Moment now);

  void end_silent(Moment now);  // now and then
  void end_all(
      std::string_view closed_by);  // unknown users that still wait are held against nobody

  struct Counts {
    std::uint64_t events = 0;
    std::uint64_t too_old = 0;  // or of the future: these judge nobody
    std::uint64_t visits = 0;   // begun
  };
  const Counts& counts() const { return counts_; }
  std::size_t visits_now() const { return visits_.size(); }

 private:
  // Unknown users of a transaction whose client and sender are told when it ends.
  struct Early {
    std::string transaction;
    std::uint32_t unknown_users = 0;
  };
  struct Visit {
    std::string key;
    Instant began;
    Instant heard;
    WallTime last;  // by the log
    std::shared_ptr<const Settings> settings;
    std::unique_ptr<SessionJudge> judge;  // null: its client is not known yet
    bool of_connection = true;            // the log tells it apart from others of its client
    std::uint32_t connections = 0;        // where it does not: that were begun and not ended
    std::uint32_t waiting = 0;            // unknown users of which the rest is not known yet
    Instant waiting_since;
    Mailbox sender;                // whose recipients they were
    bool has_transaction = false;  // of which a later line tells
    std::optional<Early> early;
  };
  using Visits = std::list<Visit>;

  // Of the same client; a process has one after another.
  bool is_of_known_visit(const std::string& key, const LogEvent& event) const;
  Visit& visit_of(const std::string& key, const LogEvent& event,
                  const std::shared_ptr<const Settings>& settings, WallTime at, Moment now);
  void begin(Visit& visit, const LogEvent& event, WallTime at);
  void happened(Visit& visit, const LogEvent& event, WallTime at);
  void unknown_user(Visit& visit, const LogEvent& event, WallTime at);
  void note_early(Visit& visit, const LogEvent& event);
  void transaction_ended(Visit& visit, const LogEvent& event, WallTime at);
  void disconnected(Visit& visit, const LogEvent& event, WallTime at);
  void judge_waiting(Visit& visit, WallTime at);
  void end_unheard(Visits::iterator visit, std::string_view closed_by);
  void end(Visits::iterator visit, std::string_view closed_by);

  const FollowWorld world_;
  Visits visits_;  // who was silent for longest is first
  std::unordered_map<std::string, Visits::iterator> by_key_;
  Counts counts_;
};

}  // namespace gatepost
