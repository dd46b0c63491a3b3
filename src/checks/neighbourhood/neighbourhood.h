// The check for bad company: its neighbours are known for spam.
#pragma once

#include "checks/check.h"

namespace gatepost {

// What is believed of the next message of a client of whom only its neighbourhood is known; the
// networks and the name of the evidence count.
Belief belief_of_neighbourhood(const Evidence& evidence);

// The same with the client's own record.
Belief belief_of_client(const Evidence& evidence);

std::optional<Hit> look_for_bad_neighbours(const Evidence& evidence);

}  // namespace gatepost
