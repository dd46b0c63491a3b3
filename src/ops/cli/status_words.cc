// Implements ops/cli/status_words.h.
#include "ops/cli/status_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>

#include "base/text.h"
#include "ops/cli/render_parts.h"
#include "ops/journal/json_text.h"
#include "ops/log/printable.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kPartsMax = 6;

using Words = std::vector<std::string>;

// "a, b and 3 more".
std::string enumerated(Words words, std::string_view separator) {
  const auto left_out = words.size() > kPartsMax ? words.size() - kPartsMax : 0;
  words.resize(words.size() - left_out);
  const auto text = fmt::format("{}", fmt::join(words, separator));
  return left_out == 0 ? text : fmt::format("{} and {} more", text, left_out);
}

void say_if_not_well(std::string& words, const json::object& part) {
  if (!flag_member(part, "well")) words += " (not well)";
}

// The objects of an array of the status, each in its words.
template <typename InWords>
Words each_in_words(const json::object& status, std::string_view key, InWords in_words) {
  Words words;
  for (const auto& value : array_member(status, key)) {
    if (value.is_object()) words.push_back(in_words(value.get_object()));
  }
  return words;
}

std::string door_in_words(const json::object& door) {
  Words places;
  for (const auto& value : array_member(door, "listen")) {
    if (value.is_string()) places.push_back(escape(std::string_view(value.get_string())));
  }
  auto words = safe_member(door, "door") + ' ' + enumerated(std::move(places), ", ");
  say_if_not_well(words, door);
  return words;
}

}  // namespace

Words advice_in(const json::object& status) {
  Words sentences;
  for (const auto& value : array_member(status, "advice")) {
    if (value.is_string()) sentences.push_back(printable(std::string_view(value.get_string())));
  }
  return sentences;
}

std::string wellness(const json::object& status) {
  return flag_member(status, "well") ? "All is well." : "Not all is well:";
}

std::string gate_in_words(const json::object& status) {
  return fmt::format(
      "{} as {}, mode {}", safe_member(status, "version"), safe_member(status, "hostname"),
      text_member(status, "mode") == "observe" ? "observe: decides and records, refuses nobody"
                                               : "enforce");
}

std::string doors_in_words(const json::object& status) {
  auto words = each_in_words(status, "doors", door_in_words);
  for (auto& log : each_in_words(status, "follow", [](const json::object& log) {
         auto text = "follow " + safe_member(log, "log");
         say_if_not_well(text, log);
         return text;
       })) {
    words.push_back(std::move(log));
  }
  if (const auto& maildirs = object_member(status, "maildirs"); !maildirs.empty()) {
    words.push_back(counted(maildirs, "watched", "Maildir"));
    say_if_not_well(words.back(), maildirs);
  }
  for (auto& enforcer : each_in_words(status, "enforce", [](const json::object& enforcer) {
         auto text = safe_member(enforcer, "name") + ' ' + counted(enforcer, "bans", "ban");
         say_if_not_well(text, enforcer);
         return text;
       })) {
    words.push_back(std::move(enforcer));
  }
  return enumerated(std::move(words), "; ");
}

std::string lists_in_words(const json::object& status) {
  return enumerated(each_in_words(status, "dnsbl",
                                  [](const json::object& list) {
                                    return safe_member(list, "name") + ' ' +
                                           safe_member(list, "state");
                                  }),
                    ", ");
}

double turned_away(const json::object& status) {
  double sum = 0;
  for (const auto& [key, value] : object_member(status, "refused")) {
    if (value.is_number()) sum += value.to_number<double>();
  }
  return sum;
}

}  // namespace gatepost
