// The users that programs of ours become once they need root no more.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace gatepost {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

// The first that this host has; nothing where it has none. Before there is a second thread.
std::optional<User> first_user_of(std::initializer_list<const char*> names);

// Whom a gate becomes that root started: gatepost, else nobody.
std::optional<User> gate_user();

}  // namespace gatepost
