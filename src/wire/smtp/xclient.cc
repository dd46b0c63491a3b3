// Implements wire/smtp/xclient.h.
#include "wire/smtp/xclient.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kLineLengthMax = 510;   // RFC 5321 4.5.3.1.4, without CRLF
constexpr std::size_t kValueLengthMax = 255;  // Postfix refuses a longer one, and the line with it
constexpr std::string_view kUnavailable = "[UNAVAILABLE]";

// RFC 3461 4.
std::string xtext(std::string_view text) {
  std::string coded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 33 || byte > 126 || c == '+' || c == '=') {
      coded += fmt::format("+{:02X}", byte);
    } else {
      coded += c;
    }
  }
  return coded;
}

std::string value_or_unavailable(std::string_view text) {
  auto value = xtext(text);
  return value.empty() || value.size() > kValueLengthMax ? std::string(kUnavailable) : value;
}

std::string address_text(const Address& address) {
  return (address.is_v4() ? "" : "IPV6:") + address.to_string();
}

// Labels of letters, digits, '-' within and '_': what Postfix takes for a NAME.
bool is_host_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  const auto labels = split(name, '.');
  return std::all_of(labels.begin(), labels.end(), [&](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), is_letter);
  });
}

std::string name_text(const XclientFacts& facts) {
  using Name = XclientFacts::Name;
  if (facts.name_state == Name::temporarily_unavailable) return "[TEMPUNAVAIL]";
  if (facts.name_state != Name::verified || !is_host_name(facts.name))
    return std::string(kUnavailable);
  return value_or_unavailable(facts.name);
}

}  // namespace

std::optional<std::string> xclient_line(const XclientFacts& facts,
                                        const std::vector<std::string>& offered) {
  const auto offers = [&](std::string_view attribute) {
    return std::find(offered.begin(), offered.end(), attribute) != offered.end();
  };
  if (!offers("ADDR")) return std::nullopt;
  const auto line_with = [&](const std::string& helo, const std::string& name) {
    const std::pair<std::string_view, std::string> attributes[] = {
        {"HELO", helo},
        {"PROTO", facts.esmtp ? "ESMTP" : "SMTP"},
        {"NAME", name},
        {"REVERSE_NAME", name},  // or the backend's rules for it would see our own
        {"PORT", fmt::to_string(facts.client.port)},
        {"DESTADDR", address_text(facts.local.address)},
        {"DESTPORT", fmt::to_string(facts.local.port)},
        {"ADDR", address_text(facts.client.address)},  // behind it the right to go on may be lost
    };
    std::string line = "XCLIENT";
    for (const auto& [attribute, value] : attributes) {
      if (offers(attribute)) line += fmt::format(" {}={}", attribute, value);
    }
    return line;
  };
  const auto helo = value_or_unavailable(facts.helo);
  const auto name = name_text(facts);
  const std::string none(kUnavailable);
  for (const auto& line : {line_with(helo, name), line_with(none, name)}) {
    if (line.size() <= kLineLengthMax) return line;
  }
  return line_with(none, none);
}

}  // namespace gatepost
