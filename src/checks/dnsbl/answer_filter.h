// Which answers of a DNS list a setting is about.
#pragma once

#include <array>
#include <bitset>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/address.h"

namespace gatepost {

// Four parts as in an address, each a number or numbers and ranges in brackets: "127.0.0.2",
// "127.0.0.[10..11]", "127.0.[0..5;9].3".
class AnswerFilter {
 public:
  AnswerFilter();  // matches all of 127.0.0.0/8

  // Refuses what can match nothing that counts: other networks, 127.0.0.1, error codes.
  static Result<AnswerFilter> parse(std::string_view text);

  bool matches(const Address& code) const;
  const std::string& text() const { return text_; }
  bool operator==(const AnswerFilter&) const = default;

 private:
  using Part = std::bitset<256>;
  static Result<Part> parse_part(std::string_view text);

  std::string text_;
  std::array<Part, 4> parts_;
};

}  // namespace gatepost
