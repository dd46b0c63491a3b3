// [botnet]: the words and exceptions by which names are judged.
#pragma once

#include <string>
#include <vector>

#include "checks/botnet/word_list.h"
#include "model/address.h"

namespace gatepost {

struct BotnetSettings {
  BotnetSettings();  // the Botnet plugin's lists, and ours for the graded verdict

  WordList client_words;    // of consumer lines
  WordList server_words;    // of servers
  WordList weak_words;      // those of client_words that weigh little in the graded verdict
  WordList strength_words;  // further ones of lines, for the graded verdict alone
  std::vector<std::string> pass_domains;  // lower case; by forward-confirmed name
  std::vector<Network> pass_ip;
  std::vector<Network> skip_ip;  // hosts of ours and private ones; here the same as pass_ip
  bool pass_auth = true;
};

}  // namespace gatepost
