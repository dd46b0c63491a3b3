// What is assumed of senders who spread over whole networks, and of their neighbours.
#pragma once

namespace gatepost {

struct SnowshoeParameters {
  double networks = 3;    // of 256 addresses, in each of which one has rented many
  double addresses = 50;  // of each
  double per_day = 4;     // messages of an address
  double trap_share = 0.02;
  double neighbours = 6;  // honest servers in each of these networks
  double neighbour_per_day = 2;
};

}  // namespace gatepost
