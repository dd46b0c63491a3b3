// Of whom the mail of these days comes, most of which is from servers that many share.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct MixedParameters {
  double per_day = 400;  // messages
  double spam = 0.45;    // of them
  // Of spam; the rest is from snowshoe senders.
  double bots = 0.12;
  double accounts = 0.38;  // at large providers
  double esps = 0.3;       // customers of those who send for others
  // Of ham; the rest is from servers of their own.
  double ham_accounts = 0.5;
  double ham_esps = 0.15;
};

std::vector<SimParameter> mixed_parameters();

}  // namespace gatepost
