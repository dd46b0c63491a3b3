// What is assumed of a server that hands on whatever its users get.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct ForwarderParameters {
  double mail = 100;  // a day, spam among it
  double spam_share = 0.10;
  double trap_share = 0.05;    // of that spam
  double direct_share = 0.20;  // of the origins of spam: write here themselves a day later, too
  double rewrites = 0;         // 1: writes senders anew, by SRS
  double is_list = 0;          // 1: sends to five at once, as from itself
};
std::vector<SimParameter> forwarder_parameters();

}  // namespace gatepost
