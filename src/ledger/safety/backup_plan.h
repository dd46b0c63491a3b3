// Which backups there are to be: their names, when the next is due, which goes. No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/instant.h"

namespace gatepost {

// The copy of a day, by the local calendar: "ledger-2026-11-21.mdb".
std::string backup_name(WallTime now);
// As it is told to people: "2026-11-21 03:30", local time.
std::string local_minute(WallTime time);
bool is_backup_name(std::string_view name);

// Of these names those of backups, the newest first.
std::vector<std::string> newest_backups_first(std::vector<std::string> names);

// Those to remove, so that `keep` are left.
std::vector<std::string> spent_backups(const std::vector<std::string>& names, std::size_t keep);

// When the next is due, the newest being from then: at once where that is a day ago or there is
// none; else at half past three at night, local time, when little is going on.
WallTime next_backup(const std::optional<WallTime>& newest, WallTime now);

}  // namespace gatepost
