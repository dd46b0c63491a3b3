// JSON as this program writes it: one line, keys in the order they were set, numbers in plain
// notation.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/result.h"
#include "model/instant.h"

namespace gatepost {

// Always valid UTF-8: a byte that is none becomes U+FFFD, for texts come from outside. 1195435952.5
// is written so and not as 1.1954359525E9.
std::string json_text(const boost::json::value& value);

// What `text` holds; nested 32 deep at most, nothing behind it.
Result<boost::json::value> parse_json(std::string_view text);

// Seconds, since 1970 or as a length; whole ones as an integer.
boost::json::value json_seconds(WallTime time);
boost::json::value json_seconds(Duration duration);
// The same, null for kNever.
boost::json::value json_seconds_or_null(WallTime time);

// Members of an object, for readers that take what is there: none where it is missing or of another
// kind.
const boost::json::value* member(const boost::json::object& object, std::string_view key);
std::string text_member(const boost::json::object& object, std::string_view key);
double number_member(const boost::json::object& object, std::string_view key);
bool flag_member(const boost::json::object& object, std::string_view key);
// Empty ones of static lifetime where there are none.
const boost::json::object& object_member(const boost::json::object& object, std::string_view key);
const boost::json::array& array_member(const boost::json::object& object, std::string_view key);

}  // namespace gatepost
