// A provider of lines whose users send mail without logging in anywhere.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct IspParameters {
  double by_relay_per_day = 100;  // messages that its relays send for its users
  double relayed_spam = 0.05;     // of what they send
  double own_servers = 60;        // users whose own servers write to us
  double own_per_day = 0.5;       // messages of each
  double gives_up = 0.3;          // of them: after half an hour
  double infected = 300;          // users whose machines write to us, one message in 3 days
};

std::vector<SimParameter> isp_parameters();

}  // namespace gatepost
