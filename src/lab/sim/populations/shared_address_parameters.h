// What is assumed of addresses that many have, one beside the other or one after the other.
#pragma once

namespace gatepost {

struct SharedAddressParameters {
  double addresses = 10;  // of carriers, each before so many of their customers
  double customers = 1'000;
  double bot_share = 0.02;   // of customers
  double spam_per_bot = 10;  // messages, in all the time
  double servers = 5;        // honest ones behind each address
  double server_per_day = 1;
};

struct NewTenantParameters {
  double addresses = 1'500;  // each first a bot's, and then an honest server's
  double spam_per_bot = 6;   // of the last day before that; of a heavy tail
  double gap_min = 15;       // the mean from then to the server's first message
  double server_per_day = 2;
  double own_name_share = 0.2;  // of servers: have the address's name changed
};

}  // namespace gatepost
