// Implements app/wire_ledger.h.
#include "app/wire_ledger.h"

#include <stdlib.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "app/privileges.h"
#include "doors/clock.h"
#include "ledger/lmdb/ledger_copy.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "ledger/safety/salvage.h"

namespace gatepost {

namespace {

// Somebody bans, excepts or restores before the gate has ever run.
Status make_folder(const Settings& settings) {
  std::error_code unknown;
  if (std::filesystem::exists(settings.state, unknown) || unknown) return Done{};
  return prepare_folders(settings);
}

LmdbOptions options_of(const Settings& settings) {
  LmdbOptions options;
  options.map_size = settings.safety.state_max;
  return options;
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_ledger(const Settings& settings) {
  if (const auto made = make_folder(settings); !made) return Error{made.error()};
  if (was_emptied(settings.state)) {
    return Error{settings.state +
                 "/data.mdb: is empty, and there are backups; start the gate, which takes the "
                 "newest, or use `gatepost restore`"};
  }
  return open_lmdb_ledger(settings.state, options_of(settings));
}

Result<std::shared_ptr<Ledger>> open_scratch_ledger() {
  std::error_code failure;
  auto folder = (std::filesystem::temp_directory_path(failure) / "gatepost-XXXXXX").string();
  if (failure || !::mkdtemp(folder.data()))
    return Error{folder + ": " + (failure ? failure.message() : std::strerror(errno)) +
                 "; name a folder with room in TMPDIR"};
  LmdbOptions options;
  options.sync = false;
  options.commit_interval = std::chrono::seconds(1);
  auto opened = open_lmdb_ledger(folder, options);
  // Open files stay when their names go, and so nothing is left behind whatever ends us.
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!opened) return Error{opened.error()};
  return std::shared_ptr<Ledger>(std::move(opened).value());
}

std::shared_ptr<Ledger> make_memory_ledger() {
  constexpr std::size_t kMany = 50'000'000;
  return std::make_shared<MemoryLedger>(
      MemoryLimits{.records = kMany, .shared = kMany, .messages = 1});
}

GateLedger open_ledger_or_memory(const Settings& settings) {
  GateLedger opened;
  opened.crash_marks = std::make_unique<CrashMarks>(settings.state);
  auto on_disk = open_or_salvage(settings.state, read_clocks().wall, options_of(settings));
  opened.loss = std::move(on_disk.loss);
  if (on_disk.ledger) {
    opened.ledger = std::move(on_disk.ledger);
    return opened;
  }
  opened.crash_marks.reset();
  opened.ledger = std::make_unique<MemoryLedger>();
  opened.trouble =
      on_disk.trouble + "; working from memory, what is learnt now is lost at the next stop";
  return opened;
}

Result<RestoredLedger> restore_ledger_of(const Settings& settings, const std::string& file) {
  if (const auto made = make_folder(settings); !made) return Error{made.error()};
  auto restored = restore_ledger(settings.state, file, read_clocks().wall);
  if (!restored) return Error{restored.error()};
  return RestoredLedger{restored->copy, restored->before};
}

}  // namespace gatepost
