// Implements host/users.h.
#include "host/users.h"

#include <pwd.h>

namespace gatepost {

std::optional<User> first_user_of(std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (const auto* entry = ::getpwnam(name)) return User{name, entry->pw_uid, entry->pw_gid};
  }
  return std::nullopt;
}

std::optional<User> gate_user() { return first_user_of({"gatepost", "nobody"}); }

}  // namespace gatepost
