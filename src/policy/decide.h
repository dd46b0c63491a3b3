// From findings to what is done: the pure heart of the judgement.
#pragma once

#include <vector>

#include "model/finding.h"

namespace gatepost {

// [decide]: points, summed over the classes of evidence. Chosen by counting: docs/defaults.md.
struct DecideSettings {
  int tempfail_at = 3;
  int reject_at = 6;
};

struct Decision {
  Action action = Action::accept;
  int points = 0;
};

// The severest of what the treatments say and what the points say. Within a class the strongest
// finding counts, between classes points add. Points reach `reject` only where two classes have
// some: a permanent refusal needs two views of the client; a treatment written down for a check is
// done as is. Where nothing but `helo` speaks against the client it is accepted (RFC 5321 4.1.4).
Decision decide(const std::vector<Finding>& findings, const DecideSettings& settings);

// How many classes of evidence the findings come from; those only noted do not count.
int evidence_classes(const std::vector<Finding>& findings);

}  // namespace gatepost
