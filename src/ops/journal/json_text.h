// JSON as this program writes it: one line, keys in the order they were set, numbers in plain
// notation.
#pragma once

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "model/instant.h"

namespace gatepost {

// Always valid UTF-8: a byte that is none becomes U+FFFD, for texts come from outside. 1195435952.5
// is written so and not as 1.1954359525E9.
std::string json_text(const boost::json::value& value);

// Writes such a line straight, without a tree of values in between. Members are written in the
// order of the calls, each of them once; keys are our own words. Between array() and end_array()
// come texts or objects.
class JsonWriter {
 public:
  JsonWriter();

  void member(std::string_view key, std::string_view text);
  void member(std::string_view key, const char* text) { member(key, std::string_view(text)); }
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  void member(std::string_view key, Number number) {
    begin_member(key);
    if constexpr (std::is_same_v<Number, bool>) {
      out_ += number ? "true" : "false";
    } else if constexpr (std::is_integral_v<Number>) {
      out_ += fmt::format_int(number).c_str();
    } else {
      add_double(number);
    }
  }
  void member(std::string_view key, std::nullptr_t);
  // With a key from outside.
  void foreign_member(std::string_view key, const boost::json::value& value);
  // Seconds since 1970, or as a length; whole ones as an integer.
  void member(std::string_view key, WallTime time);
  void member(std::string_view key, Duration duration);

  void array(std::string_view key);
  void element(std::string_view text);
  void object();
  void end_object();
  void end_array();

  // The whole line; the writer is of no more use.
  std::string take();

 private:
  void begin_element();
  void begin_member(std::string_view key);
  void add_double(double number);

  std::string out_;
};

// What `text` holds; nested 32 deep at most, nothing behind it. It lives in `storage`.
Result<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr storage = {});

// Seconds, since 1970 or as a length; whole ones as an integer.
boost::json::value json_seconds(WallTime time);
boost::json::value json_seconds(Duration duration);
// The same, null for kNever.
boost::json::value json_seconds_or_null(WallTime time);

// As an integer where it is whole, else to the thousandth.
boost::json::value json_number(double number);

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
