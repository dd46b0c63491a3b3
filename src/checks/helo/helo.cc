// Implements checks/helo/helo.h.
#include "checks/helo/helo.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "checks/settings.h"
#include "model/host_name.h"

namespace gatepost {
namespace {

constexpr std::string_view kIpv6Tag = "IPv6:";  // RFC 5321 4.1.3

// What is wrong with "[...]", if anything.
std::string_view fault_of_literal(std::string_view literal, const Evidence& evidence) {
  auto inner = literal.substr(1);
  if (!inner.ends_with(']')) return "a broken address literal";
  inner.remove_suffix(1);
  if (starts_with_ignoring_case(inner, kIpv6Tag)) inner.remove_prefix(kIpv6Tag.size());
  const auto address = Address::parse(inner);
  if (!address) return "a literal of no address";
  const bool its_own = *address == evidence.session.client.address;
  return its_own ? std::string_view() : "an address that is not its own";
}

std::string_view fault_of_name(std::string_view name, const Evidence& evidence) {
  if (name.find('.') == std::string_view::npos) return "a name without a dot";
  const auto& own = evidence.settings.helo.own_names;
  const auto& client = evidence.session.name;
  const auto claimed = std::find_if(own.begin(), own.end(),
                                    [&](const auto& ours) { return is_in_domain(name, ours); });
  if (claimed == own.end()) return {};
  const bool one_of_us =
      client.outcome == ClientName::Outcome::confirmed && is_in_domain(client.name, *claimed);
  return one_of_us ? std::string_view() : "a name of ours";
}

std::string_view fault_of(std::string_view helo, const Evidence& evidence) {
  if (helo.starts_with('[')) return fault_of_literal(helo, evidence);
  auto name = to_lower(helo);
  if (name.ends_with('.')) name.pop_back();
  if (Address::parse(name)) return "an address without brackets";
  return fault_of_name(name, evidence);
}

}  // namespace

std::optional<Hit> look_for_impossible_helo(const Evidence& evidence) {
  const auto& helo = evidence.session.helo;
  if (helo.empty()) return std::nullopt;
  const auto fault = fault_of(helo, evidence);
  if (fault.empty()) return std::nullopt;
  return Hit{fmt::format("it calls itself \"{}\", {}", escape(helo, 100), fault)};
}

}  // namespace gatepost
