// Implements checks/dnsbl/dnsbl.h.
#include "checks/dnsbl/dnsbl.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "checks/settings.h"

namespace gatepost {
namespace {

constexpr std::size_t kShortestKey = 20;

// Keys are long runs of letters and digits; names that people gave are not.
bool looks_like_key(std::string_view label) {
  return label.size() >= kShortestKey && std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

std::string with_codes(const DnsblAnswer& answer) {
  std::string codes;
  for (const auto& code : answer.codes) codes += (codes.empty() ? "" : ", ") + code.to_string();
  return fmt::format("{} ({})", answer.list, codes);
}

void add(std::string& lists, const DnsblAnswer& answer) {
  lists += (lists.empty() ? "" : ", ") + with_codes(answer);
}

}  // namespace

std::string shown_name(const DnsblList& list) {
  if (!list.name.empty()) return list.name;
  const auto dot = list.zone.find('.');
  if (dot == std::string::npos || !looks_like_key(std::string_view(list.zone).substr(0, dot))) {
    return list.zone;
  }
  return list.zone.substr(dot + 1);
}

bool has_family(const DnsblList& list, ListForm form) {
  return std::find(list.families.begin(), list.families.end(), form) != list.families.end();
}

std::string question_zone(const DnsblList& list) {
  return list.key.empty() ? list.zone : list.key + '.' + list.zone;
}

std::optional<int> points_for(const DnsblList& list, const std::vector<Address>& codes) {
  std::optional<int> sum;
  for (const auto& [filter, points] : list.points) {
    const bool fits = std::any_of(codes.begin(), codes.end(),
                                  [&](const Address& code) { return filter.matches(code); });
    if (fits) sum = sum.value_or(0) + points;
  }
  return sum;
}

std::optional<Hit> look_for_dnsbl(const Evidence& evidence) {
  std::optional<int> sum;
  std::string against;
  std::string for_it;
  for (const auto& list : evidence.settings.dnsbl.lists) {
    const auto name = shown_name(list);
    for (const auto& answer : evidence.session.dnsbl) {
      if (answer.list != name) continue;
      const auto points = points_for(list, answer.codes);
      if (!points) continue;
      sum = sum.value_or(0) + *points;
      add(*points < 0 ? for_it : against, answer);
    }
  }
  if (!sum) return std::nullopt;
  if (against.empty()) return Hit{"vouched for by " + for_it, sum};
  const auto listed = "listed by " + against;
  return Hit{for_it.empty() ? listed : listed + "; vouched for by " + for_it, sum};
}

}  // namespace gatepost
