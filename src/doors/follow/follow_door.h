// The door that is a log: follows those of the settings, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "doors/follow/log_tail.h"
#include "doors/proxy/session_id.h"
#include "gate/followed_clients.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/recent_mail.h"
#include "gate/settings.h"

namespace gatepost {

class FollowDoor {
 public:
  using SharedSettings = std::shared_ptr<const Settings>;

  // All outlive it; `breaker` may be null.
  FollowDoor(Ledger& ledger, Recorder& recorder, Breaker* breaker, RecentMail& recent,
             SharedSettings settings);
  ~FollowDoor();  // stops
  FollowDoor(const FollowDoor&) = delete;
  FollowDoor& operator=(const FollowDoor&) = delete;

  void start();
  void stop();  // the rest of what it has begun to read is judged, and the positions are saved
  // Logs that are new are followed from their end on, those that are gone no longer.
  void reload(SharedSettings settings);

  struct LogReport {
    std::string log;
    LogTail::Report read;
    FollowedClients::Counts clients;
    std::string trouble;  // what to do; empty: all is well
  };
  std::vector<LogReport> report() const;  // any thread

 private:
  struct Followed;

  void run();
  void take_settings(const SharedSettings& settings, Moment now);
  void begin(const FollowSettings& settings, Moment now);
  void end(Followed& log, std::string_view closed_by);
  bool turn(Followed& log, const SharedSettings& settings, Moment now);
  void heard(Followed& log, const LogEvent& event, const SharedSettings& settings, Moment now);
  std::string twin_of(const std::string& log) const;
  void look_after(Followed& log, Moment now);
  void tell_trouble(Followed& log, Moment now);
  void save(Followed& log, Moment now);
  void publish();

  Ledger& ledger_;
  Recorder& recorder_;
  Breaker* const breaker_;
  RecentMail& recent_;
  SessionIds ids_;

  mutable std::mutex mutex_;  // guards what follows, up to the thread
  std::condition_variable wake_;
  SharedSettings settings_;
  bool stopping_ = false;
  std::vector<LogReport> report_;

  std::thread thread_;
  std::vector<std::unique_ptr<Followed>> logs_;  // the thread's own, as are these
  std::string folder_;                           // where positions are saved
};

}  // namespace gatepost
