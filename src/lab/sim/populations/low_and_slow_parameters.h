// What is assumed of bots that write for some days and then are silent for weeks.
#pragma once

namespace gatepost {

struct LowAndSlowParameters {
  double on_min_days = 2;
  double on_max_days = 3;
  double off_min_days = 14;
  double off_max_days = 21;
  double static_share = 0.3;  // of bots: whose address stays
};

}  // namespace gatepost
