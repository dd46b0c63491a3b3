// The marks of a sentence that was given for what a mined log says.
#pragma once

#include <string_view>

namespace gatepost {

// How its verdict's id begins, and what is said of it.
inline constexpr std::string_view kMinedVerdict = "mine";
inline constexpr std::string_view kMinedFrom = "mined from ";

}  // namespace gatepost
