// Landlock: the kernel opens no file for us but those below what was granted.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace gatepost {

// What may be done with a file, or with all that is below a folder. Nothing is ever run.
enum class Access {
  read,     // and listed
  write,    // likewise, changed, made, moved and removed: files, folders, sockets
  sockets,  // sockets alone are made and removed in it
};

struct PathGrant {
  std::string path;
  Access access = Access::read;
  bool operator==(const PathGrant&) const = default;
};

// The version that this kernel has; 0: none, or one that cannot let files move between folders.
int landlock_version();

// For the calling thread and all that it makes, for ever; the process has given up new privileges
// before (PR_SET_NO_NEW_PRIVS). What is not there, or cannot be granted, is left out. From version
// 6 on signals reach nobody but us, and so do abstract sockets unless `abstract_sockets`. Error:
// nothing is changed.
Status restrict_files(const std::vector<PathGrant>& grants, bool abstract_sockets);

}  // namespace gatepost
