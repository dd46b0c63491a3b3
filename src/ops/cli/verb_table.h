// The verbs in words: one table for `help` and the manual.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

struct CliVerb {
  std::string_view name;
  std::string_view usage;    // behind "gatepost "
  std::string_view summary;  // half a line
  std::string_view text;     // paragraphs; code in backquotes
};

const std::vector<CliVerb>& verb_table();

std::string help_overview();                // what `gatepost help` prints
std::string help_for(const CliVerb& verb);  // what `gatepost help VERB` prints
std::string verbs_manual();                 // docs/manual/verbs.md

}  // namespace gatepost
