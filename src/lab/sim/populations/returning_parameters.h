// What is assumed of strangers that come again by a schedule that is known.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct ReturningParameters {
  double senders = 60;    // with each schedule; each an organisation, and networks, of its own
  double have_names = 0;  // 1: their own, and their machines are in as many networks as they are
};
std::vector<SimParameter> returning_parameters();

}  // namespace gatepost
