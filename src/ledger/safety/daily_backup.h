// Makes the daily backup of a ledger, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "gate/ports/ledger.h"
#include "model/instant.h"

namespace gatepost {

inline constexpr const char* kBackupFolder = "backup";  // beside the ledger

struct BackupState {
  std::string file;  // the newest; empty: there is none
  WallTime made = kNever;
  std::string trouble;  // why the last try failed; empty where it did not
};

// Thread-safe. Its end gives up a copy that is under way.
class DailyBackup {
 public:
  struct Parts {
    std::function<std::size_t()> keep;  // how many; 0: none is made, and none removed
    std::function<WallTime()> now;
    // Why none could be made; empty: it could again.
    std::function<void(const std::string& trouble)> tell;
    Duration first_after = std::chrono::seconds(10);  // not on top of what a start takes
    Duration retry = std::chrono::hours(1);
  };

  // The ledger outlives it; the parts are called on its thread.
  DailyBackup(Ledger& ledger, const std::string& state_directory, Parts parts);
  ~DailyBackup();
  DailyBackup(const DailyBackup&) = delete;
  DailyBackup& operator=(const DailyBackup&) = delete;

  BackupState state() const;

 private:
  void run();
  bool rest(Duration time);  // false where all is to end
  bool ending() const;
  void make_if_due();
  Status make();
  std::optional<WallTime> look();  // the time of the newest, which state() then tells

  Ledger& ledger_;
  const std::string folder_;
  const Parts parts_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool end_ = false;
  BackupState state_;
  std::thread thread_;
};

}  // namespace gatepost
