// The gate itself: how it is, its settings, and what it can be asked to do.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kBackupPath = "/v1/backup";

// GET /v1/status
Response get_status(const Call& call);

// GET /v1/settings: all that holds, as the table of settings tells it. Of tokens the files' names.
Response get_settings(const Call& call);

// POST /v1/reload
Response post_reload(const Call& call);

// POST /v1/backup: into `file`, an absolute path where this process may write. 507 where no copy
// can be there.
Response post_backup(const Call& call);

}  // namespace gatepost
