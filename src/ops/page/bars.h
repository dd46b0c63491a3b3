// Bars as inline SVG, as wide as what they stand in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// `css` names its colour in the page's style: "c0" …, "ok", "mid", "miss", "plain".
struct BarPart {
  std::string css;
  std::string label;
  std::uint64_t count = 0;
};

// Parts one behind the other; together they are as long as their share of `whole`. Its label for
// readers who do not see it and its tooltip tell the parts that there are.
std::string bar(const std::vector<BarPart>& parts, std::uint64_t whole);

// A square in its colour.
std::string colour_key(const BarPart& part);

// Which colour is what, for the parts that there are.
enum class Counts : std::uint8_t { shown, hidden };
std::string legend(const std::vector<BarPart>& parts, Counts counts);

// A number of percent as an attribute: "12.34%", "0%".
std::string percent(double value);

}  // namespace gatepost
