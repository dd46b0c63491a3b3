// From root to nobody much: makes the gate's folders and gives the process away.
#pragma once

#include <string>

#include "base/result.h"
#include "gate/settings.h"

namespace gatepost {

// Makes `state`, the folders of the sockets and those of Maildirs. As root they are given to
// user gatepost, or nobody where there is none, but only where nothing else lies in them: a folder
// that others use keeps its owner, and so does a Maildir that is not root's.
Status prepare_folders(const Settings& settings);

// As root: becomes that user with its groups and no others, and no way back. Otherwise does
// nothing. Files and ports that need root must be open by then.
Status give_up_root();

// No new privileges by running a setuid program, from now on.
void forbid_new_privileges();

}  // namespace gatepost
