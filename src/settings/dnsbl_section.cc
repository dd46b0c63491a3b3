// Implements settings/dnsbl_section.h.
#include "settings/dnsbl_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "settings/codecs.h"
#include "settings/from_text.h"

namespace gatepost::settings_table {
namespace {

constexpr int kPointsMax = 100;
constexpr std::size_t kFiltersMax = 64;
constexpr std::size_t kListsMax = 32;
constexpr std::size_t kKeyMax = 150;
// What an IPv6 address in front leaves of a name's 253 bytes.
constexpr std::size_t kZoneAndKeyMax = 189;

template <typename T>
Field<T> of_list(T DnsblList::*member) {
  return [=](const Place& place) -> T& { return place.dnsbl->*member; };
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// What is wrong is not repeated: there may be a key in it.
Codec<std::string> zone() {
  const auto parse = [](std::string_view text) -> Result<std::string> {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (is_domain(text) && is_ascii(text)) return to_lower(text);
    return Error{"is no zone"};
  };
  return from_text<std::string>("zone", "the zone of a list such as \"zen.example\"", parse,
                                [](const std::string& zone) { return quoted(zone); });
}

bool is_key(std::string_view text) {
  return text.size() <= kKeyMax && is_ascii(text) && is_domain(std::string(text) + ".example");
}

constexpr std::string_view kKeyExpected =
    "labels of letters, digits, \"-\" and \"_\", with dots between them";

Kind key() {
  Kind kind{"key", std::string(kKeyExpected), {}, {}};  // and never shown
  kind.read = [](const toml::node& node, const Place& place, Reading& reading) {
    const auto text = node.value_exact<std::string_view>();
    if (!text) return reading.fault(node, found(node), kKeyExpected);
    if (!is_key(*text)) return reading.fault(node, "is no key", kKeyExpected);
    place.dnsbl->key = to_lower(*text);
  };
  return kind;
}

Kind key_file() {
  constexpr std::string_view kExpected = "a file with a key in it and nothing else";
  Kind kind{"path of a file", std::string(kExpected), {}, {}};
  kind.read = [=](const toml::node& node, const Place& place, Reading& reading) {
    const auto file = read_named_file(node, reading, kExpected);
    if (!file) return;
    if (!is_key(trim(file->content))) {
      return reading.fault(node, repeated(file->name) + " holds no key", kKeyExpected);
    }
    place.dnsbl->key = to_lower(trim(file->content));
  };
  return kind;
}

Codec<std::string> list_name() {
  const auto parse = [](std::string_view text) -> Result<std::string> {
    const bool is_word = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.';
    });
    if (is_word && text.size() <= 64) return std::string(text);
    return Error{repeated(text) + " is no name"};
  };
  return from_text<std::string>("name", "at most 64 letters, digits, \"-\", \"_\" and dots", parse,
                                [](const std::string& name) { return quoted(name); });
}

Codec<ListForm> family() {
  return word<ListForm>({{"ipv4", ListForm::v4}, {"ipv6", ListForm::v6}});
}

constexpr std::string_view kFilterExpected =
    "an answer such as \"127.0.0.2\" or \"127.0.0.[2..4;10]\"";

void read_filters(const toml::table& table, const Place& place, Reading& reading) {
  const auto points = count<int>(-kPointsMax, kPointsMax);
  std::vector<WeightedFilter> filters;
  for (const auto& [key, node] : table) {
    auto filter = AnswerFilter::parse(key.str());
    if (!filter) {
      reading.faults.fault(
          key.source().begin, reading.key,
          fmt::format("{} {}, expected {}", repeated(key.str()), filter.error(), kFilterExpected));
      continue;
    }
    const auto value = points.parse(node);
    if (!value) {
      reading.fault(node, fmt::format("{} {}", repeated(key.str()), value.error()),
                    points.expected);
      continue;
    }
    filters.push_back({*std::move(filter), *value});
  }
  place.dnsbl->points = std::move(filters);
}

Kind list_points() {
  const auto points = count<int>(-kPointsMax, kPointsMax);
  Kind kind{
      "points",
      fmt::format("{}, for any answer; or a table of answers and such numbers", points.expected),
      {},
      {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    if (const auto* table = node.as_table()) {
      if (!table->empty() && table->size() <= kFiltersMax) {
        return read_filters(*table, place, reading);
      }
      return reading.fault(node, fmt::format("has {} answers", table->size()),
                           fmt::format("1 to {}", kFiltersMax));
    }
    const auto value = points.parse(node);
    if (!value) return reading.fault(node, value.error(), expected);
    place.dnsbl->points = {WeightedFilter{{}, *value}};
  };
  kind.show = [](const Place& place) {
    const auto& filters = place.dnsbl->points;
    if (filters.size() == 1 && filters[0].filter == AnswerFilter()) {
      return std::to_string(filters[0].points);
    }
    std::string text;
    for (const auto& [filter, points] : filters) {
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", quoted(filter.text()), points);
    }
    return "{ " + text + " }";
  };
  return kind;
}

using Broken = std::optional<std::string>;

Broken no_zone(const Place& place) {
  if (!place.dnsbl->zone.empty()) return std::nullopt;
  return "is missing, expected " + zone().expected;
}

Broken zone_too_long(const Place& place) {
  if (question_zone(*place.dnsbl).size() <= kZoneAndKeyMax) return std::nullopt;
  return fmt::format("is too long, expected at most {} bytes with its key", kZoneAndKeyMax);
}

Broken list_twice(const Place& place) {
  for (const auto& other : place.settings->checks.dnsbl.lists) {
    if (&other == place.dnsbl) break;
    if (!other.zone.empty() && shown_name(other) == shown_name(*place.dnsbl)) {
      return fmt::format(
          "{} is named a second time, expected all its points in one place, or a "
          "name for either",
          repeated(shown_name(other)));
    }
  }
  return std::nullopt;
}

Broken too_many_lists(const Place& place) {
  const auto& lists = place.settings->checks.dnsbl.lists;
  if (lists.size() <= kListsMax || place.dnsbl != &lists[kListsMax]) return std::nullopt;
  return fmt::format("is one list of {}, expected at most {}", lists.size(), kListsMax);
}

Broken never_asked(const Place& place) {
  if (!place.dnsbl->families.empty()) return std::nullopt;
  return "is empty, so that it is never asked, expected " + family().expected;
}

}  // namespace

Section dnsbl_section() {
  Section section{
      "dnsbl",
      "A list in the DNS of addresses that others have met; as many as there are `[[dnsbl]]`. All "
      "are asked at once while a client waits, and what they say makes the finding `dnsbl`.",
      {{"zone", one(of_list(&DnsblList::zone), zone()), "Where the list is asked.",
        "\"zen.example\"", "required"},
       {"points", list_points(),
        "What its answers are worth; below zero they speak for the client, which makes it an allow "
        "list. Each part of an answer is a number, or numbers and ranges in brackets; each row "
        "that fits any of the list's answers counts once.",
        "{ \"127.0.0.2\" = 3, \"127.0.0.[10..11]\" = 2 }"},
       {"key", key(),
        "For a list that is paid for: what stands before its zone in questions. Never shown.",
        "\"0123456789abcdefghijklmnop\"", "default: none"},
       {"key_file", key_file(),
        "The same from a file, in place of `key`. The gate's user must be able to read it, or a "
        "reload fails.",
        "\"/etc/gatepost/zen.key\"", "default: none"},
       {"name", one(of_list(&DnsblList::name), list_name()),
        "What it is called in logs, answers and `status`, in place of its zone; no two lists have "
        "the same.",
        "\"zen\""},
       {"families", list(of_list(&DnsblList::families), family()),
        "The clients that it is asked about. It is not asked about IPv6 ones, where it does not "
        "have the test point of lists that know them.",
        "[\"ipv4\"]"},
       {"queries", window(of_list(&DnsblList::queries), "no limit"),
        "No more questions than so many are asked in a while; clients beyond are not asked for.",
        "{ count = 100000, in = \"1d\" }"}}};
  section.size = [](const Settings& settings) { return settings.checks.dnsbl.lists.size(); };
  section.resize = [](Settings& settings, std::size_t count) {
    settings.checks.dnsbl.lists.resize(count);
  };
  section.element = [](Settings& settings, std::size_t index) {
    return Place{&settings, nullptr, nullptr, &settings.checks.dnsbl.lists.at(index)};
  };
  return section;
}

std::vector<Rule> dnsbl_rules() {
  using enum Rule::Weight;
  return {{"dnsbl", {"zone"}, fault, no_zone},
          {"dnsbl", {"zone", "key", "key_file"}, fault, zone_too_long},
          {"dnsbl", {"zone", "name"}, fault, list_twice},
          {"dnsbl", {"zone"}, fault, too_many_lists},
          {"dnsbl", {"families"}, fault, never_asked}};
}

}  // namespace gatepost::settings_table
