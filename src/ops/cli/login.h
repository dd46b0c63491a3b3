// Where the operator at this terminal is logged in from.
#pragma once

#include <optional>
#include <string>

#include "model/address.h"

namespace gatepost {

// Of an SSH login by its variables (SSH_CONNECTION, SSH_CLIENT), which sudo takes away, else of any
// login by what it left in utmp for the terminal. Nothing for a login at the machine itself, for
// what no terminal started, or where nothing tells. One thread.
std::optional<Address> login_address();

// The latter part: `line` is "pts/3".
std::optional<Address> login_address_of_terminal(const std::string& line);

}  // namespace gatepost
