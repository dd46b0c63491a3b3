// The words and comments of a Received field.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace gatepost {

struct TraceToken {
  bool is_comment = false;
  std::string_view text;  // of a comment what is between its parentheses
};

struct TraceTokens {
  std::vector<TraceToken> tokens;  // up to the ';'
  std::string_view time;           // behind it
};

// Nothing where parentheses, quotes or angle brackets do not pair, where there is no ';' or more
// than one, or where there is more of anything than servers write.
std::optional<TraceTokens> trace_tokens(std::string_view value);

}  // namespace gatepost
