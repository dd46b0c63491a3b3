// Implements lab/sim/populations/list_parameters.h.
#include "lab/sim/populations/list_parameters.h"

#include <algorithm>

#include "lab/sim/parameters.h"

namespace gatepost {

std::vector<SimParameter> list_parameters() {
  using P = SimParameters;
  return {
      {"list.covers",
       [](P& p) -> double& { return p.list.covers; },
       {0, 1},
       "CBL, about 2010: 73.3 % of spam; 6 % of one botnet, 83 % of clients in 2013",
       SimRange{0.06, 0.83}},
      {"list.covers_no_name",
       [](P& p) -> double& { return p.list.covers_no_name; },
       {0, 1},
       "CBL, 2006: 48 % of 15,582 addresses that were refused for their names",
       {}},
      {"list.covers_snowshoe",
       [](P& p) -> double& { return p.list.covers_snowshoe; },
       {0, 1},
       "assumed",
       SimRange{0, 0.6}},
      {"list.errs",
       [](P& p) -> double& { return p.list.errs; },
       {0, 1},
       "CBL, about 2010: 14 of 8,475,031 good messages",
       {}},
  };
}

// Where the list covers more than it is said to, or less, it covers more of those without names,
// or less, in the same measure.
double listed_share(const SimParameters& parameters, ClientName::Outcome name) {
  static const ListParameters kMeasured;
  const auto& list = parameters.list;
  const auto no_name = std::min(1.0, list.covers_no_name * list.covers / kMeasured.covers);
  if (name != ClientName::Outcome::confirmed) return no_name;
  const auto nameless = parameters.rdns_none;
  if (nameless >= 1) return list.covers;
  return std::clamp((list.covers - nameless * no_name) / (1 - nameless), 0.0, 1.0);
}

}  // namespace gatepost
