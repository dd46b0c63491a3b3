// Implements wire/ban_list/json_list.h.
#include "wire/ban_list/json_list.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "base/text.h"
#include "wire/ban_list/listed_network.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::optional<std::string_view> text_of(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  if (!value || !value->is_string()) return {};
  return std::string_view(value->get_string());
}

// Numbers are seconds since 1970.
std::optional<WallTime> time_of(const json::value& value) {
  if (value.is_string()) return parse_list_time(value.get_string());
  if (!value.is_number()) return {};
  return parse_list_time(fmt::format("{}", value.to_number<double>()));
}

Status add_text(std::string_view text, std::vector<ListedBan>& bans) {
  const auto network = parse_listed_network(text);
  if (!network) return no_network(text);
  bans.push_back({*network, {}, {}});
  return Done{};
}

Status add_object(const json::object& object, std::vector<ListedBan>& bans) {
  auto address = text_of(object, "address");
  if (!address) address = text_of(object, "network");
  if (!address) address = text_of(object, "cidr");
  if (!address) {
    if (object.contains("type")) return Done{};  // DROP's own last line tells of the list
    return Error{"expected \"address\", \"network\" or \"cidr\""};
  }
  const auto state = text_of(object, "state");
  if (state && *state != "jailed" && *state != "blocked") return Done{};
  if (const auto added = add_text(*address, bans); !added) return added;
  auto& ban = bans.back();
  ban.reason = text_of(object, "reason").value_or(text_of(object, "sblid").value_or(""));
  const auto* const until = object.if_contains("until");
  if (!until || until->is_null()) return Done{};
  ban.until = time_of(*until);
  if (!ban.until) return Error{"\"until\" is no time: expected seconds since 1970"};
  return Done{};
}

const json::array* array_in(const json::value& value) {
  if (value.is_array()) return &value.get_array();
  if (!value.is_object()) return nullptr;
  for (const auto* const key : {"bans", "addresses"}) {
    const auto* const member = value.get_object().if_contains(key);
    if (member && member->is_array()) return &member->get_array();
  }
  return nullptr;
}

Status add_value(const json::value& value, std::vector<ListedBan>& bans) {
  if (value.is_string()) return add_text(value.get_string(), bans);
  if (value.is_object()) return add_object(value.get_object(), bans);
  return Error{"expected an object or a text"};
}

}  // namespace

Result<std::vector<ListedBan>> read_json_ban(std::string_view line) {
  line = trim(line);
  std::vector<ListedBan> bans;
  if (line.empty()) return bans;
  boost::system::error_code fault;
  const auto value = json::parse(json::string_view(line.data(), line.size()), fault);
  if (fault) return Error{fmt::format("no JSON: {}", fault.message())};
  if (const auto* const array = array_in(value)) {
    for (const auto& each : *array) {
      if (const auto added = add_value(each, bans); !added) return Error{added.error()};
    }
    return bans;
  }
  if (const auto added = add_value(value, bans); !added) return Error{added.error()};
  return bans;
}

}  // namespace gatepost
