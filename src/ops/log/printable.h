// The last look at a sentence before it reaches a log or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// For sentences of our own in which text from outside is escaped already: what is not printable
// ASCII all the same becomes \xHH, backslashes stay single. At most 1,000 bytes of it.
std::string printable(std::string_view sentence);

}  // namespace gatepost
