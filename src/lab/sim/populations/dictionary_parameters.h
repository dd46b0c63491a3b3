// What is assumed of those who guess users, and of good servers that they have for neighbours.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct DictionaryParameters {
  double bots = 1'000;
  double connections = 3;  // of each
  double recipients = 50;  // in a connection, at most
  double unknown_low = 0.90;
  double unknown_high = 0.99;
  double servers = 20;     // good ones in their /8s
  double server_mail = 5;  // a day, of each
  double list_mail = 2;    // a day, of one that has a list: 50 recipients each
  double list_stale = 0.10;
  double mistyped = 0.05;  // of the recipients of another
};
std::vector<SimParameter> dictionary_parameters();

}  // namespace gatepost
