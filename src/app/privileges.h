// From root to nobody much: makes the gate's folders and gives the process away.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "gate/settings.h"

namespace gatepost {

// Makes `state`, the folders of the sockets and those of Maildirs. As root they are given to
// user gatepost, or nobody where there is none, but only where nothing else lies in them: a folder
// that others use keeps its owner, and so does a Maildir that is not root's.
Status prepare_folders(const Settings& settings);

// Whom give_up_root() makes of us: nobody else than who we are where we are not root.
uid_t user_to_be();

// As root: becomes that user with its groups and no others, and no way back. Of root's power, and
// of what an unprivileged start was given of it, nothing is left but to open ports below 1024, for
// a reload may name one. Files that need root must be open by then. Before there are threads.
Status give_up_root();

}  // namespace gatepost
