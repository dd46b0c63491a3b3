// The port through which somebody sees every judgement as it is made.
#pragma once

#include <vector>

namespace gatepost {

struct Evidence;
struct Finding;

class Witness {
 public:
  virtual ~Witness() = default;

  // What was found, before anything follows from it; also where nothing will.
  virtual void weighed(const Evidence& evidence, const std::vector<Finding>& findings) = 0;
};

}  // namespace gatepost
