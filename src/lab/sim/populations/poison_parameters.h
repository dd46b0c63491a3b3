// How those go about it who want the gate to turn against others, or to think well of them.
#pragma once

#include <vector>

namespace gatepost {

struct SimParameter;

struct PoisonParameters {
  double victims = 3;          // of each kind
  double spam_share = 0.1;     // of what a forwarder hands on
  double trap_share = 0.36;    // of that: to traps
  double forms_per_day = 5;    // messages that a web form is made to send; to traps
  double bounces_per_day = 1;  // of a server that sends half a good message a day
  double list_traps = 0.2;     // of a list's messages: with a trap among the recipients
  double letter_traps = 2;     // entered with a newsletter of 15 readers
  double bots_behind = 5;      // on the address of an honest server, 10 messages a day each
  double spends_per_day = 20;  // spam of one who bought himself a name
};

std::vector<SimParameter> poison_parameters();

}  // namespace gatepost
