// XCLIENT: whatever the client calls itself, the line holds what is offered and nothing else, and
// decodes to what was said.
#include "wire/smtp/xclient.h"

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>

#include "base/text.h"

namespace {

using namespace gatepost;

void require(bool holds) {
  if (!holds) std::abort();
}

int digit(char c) {
  const auto at = std::string_view("0123456789ABCDEF").find(c);
  require(at != std::string_view::npos);
  return static_cast<int>(at);
}

// RFC 3461 4.
std::string plain_text(std::string_view xtext) {
  std::string text;
  for (std::size_t i = 0; i < xtext.size(); ++i) {
    require(xtext[i] > 32 && xtext[i] < 127 && xtext[i] != '=');
    if (xtext[i] != '+') {
      text += xtext[i];
      continue;
    }
    require(i + 2 < xtext.size());
    text += static_cast<char>(digit(xtext[i + 1]) * 16 + digit(xtext[i + 2]));
    i += 2;
  }
  return text;
}

Endpoint any_endpoint(FuzzedDataProvider& data) {
  std::array<std::uint8_t, 16> bytes{};
  const bool four = data.ConsumeBool();
  const auto some = data.ConsumeBytes<std::uint8_t>(16);
  std::copy(some.begin(), some.end(), bytes.begin());
  return {four ? Address::v4(data.ConsumeIntegral<std::uint32_t>()) : Address::from_bytes(bytes),
          data.ConsumeIntegral<std::uint16_t>()};
}

std::optional<Address> address_of(std::string_view text) {
  const bool six = text.starts_with("IPV6:");
  if (six) text.remove_prefix(5);
  const auto address = Address::parse(text);
  require(address && address->is_v4() != six);
  return address;
}

std::map<std::string, std::string> attributes_of(const std::string& line) {
  require(line.size() <= 510 && line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos);
  const auto words = split(line, ' ');
  require(words[0] == "XCLIENT" && words.back().starts_with("ADDR="));
  std::map<std::string, std::string> attributes;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    require(equals != std::string_view::npos);
    const auto value = words[i].substr(equals + 1);
    require(!value.empty() && value.size() <= 255);
    require(attributes.emplace(words[i].substr(0, equals), plain_text(value)).second);
  }
  return attributes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  std::vector<std::string> offered;
  for (const auto* attribute :
       {"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"}) {
    if (data.ConsumeIntegralInRange(0, 15) != 0) offered.emplace_back(attribute);
  }
  XclientFacts facts;
  facts.client = any_endpoint(data);
  facts.local = any_endpoint(data);
  facts.esmtp = data.ConsumeBool();
  facts.name_state = static_cast<XclientFacts::Name>(data.ConsumeIntegralInRange(0, 2));
  facts.name = data.ConsumeRandomLengthString(300);
  facts.helo = data.ConsumeRemainingBytesAsString();

  const auto offers = [&](std::string_view attribute) {
    return std::find(offered.begin(), offered.end(), attribute) != offered.end();
  };
  const auto line = xclient_line(facts, offered);
  require(line.has_value() == offers("ADDR"));
  if (!line) return 0;
  auto told = attributes_of(*line);
  for (const auto& [attribute, value] : told) require(offers(attribute) && attribute != "LOGIN");
  require(address_of(told["ADDR"]) == facts.client.address);
  if (offers("DESTADDR")) require(address_of(told["DESTADDR"]) == facts.local.address);
  if (offers("PORT")) require(parse_decimal<std::uint16_t>(told["PORT"]) == facts.client.port);
  if (offers("HELO")) require(told["HELO"] == facts.helo || told["HELO"] == "[UNAVAILABLE]");
  if (offers("NAME")) {
    const bool verified = facts.name_state == XclientFacts::Name::verified;
    require((verified && told["NAME"] == facts.name) || told["NAME"] == "[UNAVAILABLE]" ||
            (!verified && told["NAME"] == "[TEMPUNAVAIL]"));
  }
  return 0;
}
