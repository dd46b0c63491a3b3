// What the DNS list of a simulated world knows.
#pragma once

#include <vector>

#include "model/client_name.h"

namespace gatepost {

struct SimParameter;
struct SimParameters;

struct ListParameters {
  double covers = 0.73;          // of the addresses of bots, when they first come
  double covers_no_name = 0.48;  // of those whose names are none, or bad
  double covers_snowshoe = 0.2;
  double errs = 1.7e-6;  // of good messages: from an address that it has
};

std::vector<SimParameter> list_parameters();

// Of the addresses of bots with such a name; over all names it comes to `covers`, as far as can be.
double listed_share(const SimParameters& parameters, ClientName::Outcome name);

}  // namespace gatepost
