// Watches the Maildirs of the settings, on a thread of its own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "doors/maildir/sorted_maildirs.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"

namespace gatepost {

class MaildirWatch {
 public:
  using SharedSettings = std::shared_ptr<const Settings>;

  // `ears` are called on its thread; all outlive it.
  MaildirWatch(MaildirEars ears, Recorder& recorder, SharedSettings settings);
  ~MaildirWatch();  // stops
  MaildirWatch(const MaildirWatch&) = delete;
  MaildirWatch& operator=(const MaildirWatch&) = delete;

  void start();
  void stop();
  void reload(SharedSettings settings);

  SortedMaildirs::Summary report() const;  // any thread

 private:
  void run();
  void tell_trouble(const SortedMaildirs::Summary& summary, Moment now);

  Recorder& recorder_;

  mutable std::mutex mutex_;  // guards what follows, up to the thread
  std::condition_variable wake_;
  SharedSettings settings_;
  bool is_reloaded_ = false;
  bool stopping_ = false;
  SortedMaildirs::Summary report_;

  std::thread thread_;
  SortedMaildirs maildirs_;  // the thread's own, as are these
  std::string trouble_;      // that was told
  Instant trouble_told_{};
  Instant unknown_told_{};
  std::uint64_t unknown_ = 0;  // when that was told
};

}  // namespace gatepost
