// Opens a file for somebody with fewer rights than ours, who may have had a hand in where its path
// leads.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "host/unique_fd.h"

namespace gatepost {

struct Asker {
  uid_t user = 0;
  std::vector<gid_t> groups;

  static Asker of(uid_t user);  // with the groups that the system knows for it
};

struct OpenedFile {
  UniqueFd fd;
  int error = 0;  // an errno; 0: opened, and a regular file
};

// For reading. Every folder and link on the way is looked at as it is passed, so it may be replaced
// meanwhile: where one was the asker's to change the error is EACCES, but for a file that the asker
// could read itself.
OpenedFile open_for_asker(const std::string& path, const Asker& asker);

}  // namespace gatepost
