// Implements app/wire_ledger.h.
#include "app/wire_ledger.h"

#include <fmt/format.h>

#include <filesystem>

#include "app/privileges.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {

Result<std::unique_ptr<Ledger>> open_ledger(const Settings& settings) {
  std::error_code unknown;
  if (!std::filesystem::exists(settings.state, unknown) && !unknown) {
    // Somebody bans or excepts before the gate has ever run.
    if (const auto made = prepare_folders(settings); !made) return Error{made.error()};
  }
  return open_lmdb_ledger(settings.state);
}

GateLedger open_ledger_or_memory(const Settings& settings) {
  auto on_disk = open_ledger(settings);
  if (on_disk) return {std::move(on_disk).value(), {}};
  return {std::make_unique<MemoryLedger>(),
          fmt::format("{}; working from memory, what is learnt now is lost at the next stop",
                      on_disk.error())};
}

}  // namespace gatepost
