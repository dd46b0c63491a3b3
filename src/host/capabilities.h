// The parts of root's power: all but a few are given up.
#pragma once

#include <initializer_list>

#include "base/result.h"

namespace gatepost {

// From now on the process has at most these (CAP_…, as capabilities(7) counts them), and a program
// that it ran would have none. For the calling thread and those it makes.
Status keep_capabilities(std::initializer_list<int> kept);

// No program that could be run has any, whoever it belongs to. Only with CAP_SETPCAP, else nothing
// is done.
void empty_bounding_set();

// A setuid program gives no privileges from now on.
void forbid_new_privileges();

// Neither debuggers of the same user nor core dumps see what is in our memory, such as keys.
void hide_memory();

}  // namespace gatepost
