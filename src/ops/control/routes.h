// The table of the control API: what can be asked, by which words, and who answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/control/call.h"

namespace gatepost {

// What is not named in `query` or `body` is refused: a mistyped name would otherwise silently ask
// for something else. All names are in the table of parameters().
struct ApiRoute {
  // How a body is taken apart: into members here, or as text by the handler, which looks at the
  // members itself; or as either members or a message.
  enum class Takes { members, text, message_too };
  enum class Gives { json, lines, text, events, nothing };

  std::string_view method;
  std::string_view path;  // "{address}" stands for one segment, which is a parameter
  Response (*handler)(const Call&);
  std::string_view sentence;  // what it does
  std::vector<std::string_view> query = {};
  std::vector<std::string_view> body = {};
  Takes takes = Takes::members;
  Gives gives = Gives::json;
};

const std::vector<ApiRoute>& routes();

// Whether the pattern fits; `argument` is then the segment that a parameter stands for.
bool fits(std::string_view pattern, const std::vector<std::string>& path, std::string& argument);

}  // namespace gatepost
