// What is assumed of senders with whole IPv6 networks, and of their neighbours.
#pragma once

namespace gatepost {

struct HopperParameters {
  double in_64 = 16;      // senders that have a /64 each
  double in_56 = 6;       // a /56
  double in_48 = 6;       // a /48
  double messages = 300;  // of each sender, each from another address
  double trap_share = 0.1;
  double named_share = 0.5;  // of senders: whose addresses have names that lead there
  double neighbours = 2;     // honest servers in each of these networks
  double neighbour_per_day = 2;
  double servers = 40;  // honest ones elsewhere, that have an IPv4 address as well
};

}  // namespace gatepost
