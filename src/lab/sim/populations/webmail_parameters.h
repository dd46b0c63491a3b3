// What is assumed of a provider with very many users, one of whom sends spam.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct WebmailParameters {
  double addresses = 2'000;
  double ham = 500;          // a day
  double spam = 50;          // a day
  double spam_from = 3;      // the day; until then nobody does
  double trap_share = 0.10;  // of the spam
};
std::vector<SimParameter> webmail_parameters();

}  // namespace gatepost
