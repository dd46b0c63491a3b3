// What the renderers share: colours, moments out of JSON, tables.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/instant.h"

namespace gatepost {

// "jailed" red, "good" green, "excepted" cyan; plain without `colour`.
std::string painted_state(std::string_view state, bool colour);
std::string bold(std::string_view text, bool colour);

// kNever where the member is missing or null.
WallTime time_member(const boost::json::object& object, std::string_view key);
Duration duration_member(const boost::json::object& object, std::string_view key);

// escape() of a text member; printable() of one in which outside text is escaped already.
std::string safe_member(const boost::json::object& object, std::string_view key);
std::string sentence_member(const boost::json::object& object, std::string_view key);

// Whom an exception is for, escaped, and of which kind that is: "network", "domain" or
// "recipient". Both are empty where it tells of none.
struct WhomMember {
  std::string kind;
  std::string text;
};
WhomMember whom_member(const boost::json::object& exception);

// A number of things: "1 message", "2 messages".
std::string counted(const boost::json::object& object, std::string_view key, std::string_view one);

std::string bytes_in_words(double bytes);  // "1.2 GiB"

// Lines of at most 80 characters, broken at blanks; all but the first indented by two.
std::string paragraph(std::string_view text);

// Columns two blanks apart, each as wide as its widest cell; `indent` blanks in front.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t indent);

}  // namespace gatepost
