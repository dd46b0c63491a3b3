// Implements ops/journal/json_text.h.
#include "ops/journal/json_text.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gatepost {
namespace {

namespace json = boost::json;

// Bytes of the well-formed sequence at the front of `text`, 0 where there is none (RFC 3629 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) > 0x9f;
  const bool too_great = first == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || too_great ? 0 : length;
}

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain.at(c) = c != '"' && c != '\\';
  return plain;
}();

std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && kPlain[static_cast<unsigned char>(text[length])]) ++length;
  return length;
}

void write_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const auto plain = plain_length(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (length == 1) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (length == 2 && c == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0) {
      // U+0080 to U+009F: control characters that a terminal may obey.
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void write_double(std::string& out, double number) {
  const auto text = fmt::format("{}", number);
  out += text;
  if (text.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
}

template <typename Integer>
void write_integer(std::string& out, Integer number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void write_word(std::string& out, std::string_view word) { out += word; }

void write(std::string& out, const json::value& value);

void write_members(std::string& out, const json::object& object) {
  out += '{';
  const char* between = "";
  for (const auto& [key, value] : object) {
    out += between;
    write_string(out, {key.data(), key.size()});
    out += ": ";
    write(out, value);
    between = ", ";
  }
  out += '}';
}

void write(std::string& out, const json::value& value) {
  if (value.is_object()) return write_members(out, value.get_object());
  if (value.is_string()) {
    return write_string(out, {value.get_string().data(), value.get_string().size()});
  }
  if (value.is_double()) return write_double(out, value.get_double());
  if (value.is_int64()) return write_integer(out, value.get_int64());
  if (value.is_uint64()) return write_integer(out, value.get_uint64());
  if (value.is_bool()) return write_word(out, value.get_bool() ? "true" : "false");
  if (value.is_null()) return write_word(out, "null");
  out += '[';
  const char* between = "";
  for (const auto& element : value.get_array()) {
    out += between;
    write(out, element);
    between = ", ";
  }
  out += ']';
}

json::value seconds(std::int64_t milliseconds) {
  if (milliseconds % 1000 == 0) return milliseconds / 1000;
  return static_cast<double>(milliseconds) / 1000.0;
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  write(out, value);
  return out;
}

JsonWriter::JsonWriter() {
  constexpr std::size_t kUsualLength = 768;
  out_.reserve(kUsualLength);
  out_ += '{';
}

// A separator, but behind a bracket; what stands in quotes ends in a quote.
void JsonWriter::begin_element() {
  if (out_.back() != '{' && out_.back() != '[') out_ += ", ";
}

void JsonWriter::begin_member(std::string_view key) {
  begin_element();
  ((out_ += '"') += key) += "\": ";
}

void JsonWriter::member(std::string_view key, std::string_view text) {
  begin_member(key);
  write_string(out_, text);
}

void JsonWriter::member(std::string_view key, std::nullptr_t) {
  begin_member(key);
  out_ += "null";
}

void JsonWriter::foreign_member(std::string_view key, const json::value& value) {
  begin_element();
  write_string(out_, key);
  out_ += ": ";
  write(out_, value);
}

void JsonWriter::member(std::string_view key, WallTime time) {
  member(key, time.time_since_epoch());
}

void JsonWriter::member(std::string_view key, Duration duration) {
  const auto milliseconds = duration.count();
  if (milliseconds % 1000 == 0) return member(key, milliseconds / 1000);
  member(key, static_cast<double>(milliseconds) / 1000.0);
}

void JsonWriter::add_double(double number) { write_double(out_, number); }

void JsonWriter::array(std::string_view key) {
  begin_member(key);
  out_ += '[';
}

void JsonWriter::element(std::string_view text) {
  begin_element();
  write_string(out_, text);
}

void JsonWriter::object() {
  begin_element();
  out_ += '{';
}

void JsonWriter::end_object() { out_ += '}'; }
void JsonWriter::end_array() { out_ += ']'; }

std::string JsonWriter::take() {
  out_ += '}';
  return std::move(out_);
}

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::error_code problem;
  auto value =
      json::parse(json::string_view(text.data(), text.size()), problem, std::move(storage));
  if (problem) return Error{fmt::format("no JSON: {}", problem.message())};
  return value;
}

json::value json_seconds(WallTime time) { return seconds(epoch_milliseconds(time)); }
json::value json_seconds(Duration duration) { return seconds(duration.count()); }
json::value json_seconds_or_null(WallTime time) {
  return time == kNever ? json::value(nullptr) : json_seconds(time);
}

json::value json_number(double number) {
  constexpr double kExactMax = 1e15;
  const auto rounded = std::round(number * 1000) / 1000;
  if (std::abs(rounded) < kExactMax && rounded == std::floor(rounded))
    return static_cast<std::int64_t>(rounded);
  return rounded;
}

const json::value* member(const json::object& object, std::string_view key) {
  return object.if_contains(json::string_view(key.data(), key.size()));
}

std::string text_member(const json::object& object, std::string_view key) {
  const auto* value = member(object, key);
  if (!value || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

double number_member(const json::object& object, std::string_view key) {
  const auto* value = member(object, key);
  if (!value || !value->is_number()) return 0;
  return value->to_number<double>();
}

bool flag_member(const json::object& object, std::string_view key) {
  const auto* value = member(object, key);
  return value && value->is_bool() && value->get_bool();
}

const json::object& object_member(const json::object& object, std::string_view key) {
  static const json::object none;
  const auto* value = member(object, key);
  return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_member(const json::object& object, std::string_view key) {
  static const json::array none;
  const auto* value = member(object, key);
  return value && value->is_array() ? value->get_array() : none;
}

}  // namespace gatepost
