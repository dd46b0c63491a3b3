// The marks of a sentence that was given because a list that was imported names the client.
#pragma once

#include <string_view>

namespace gatepost {

// How its verdict's id begins, and what is said of it.
inline constexpr std::string_view kListedVerdict = "list";
inline constexpr std::string_view kListedFrom = "imported from ";

}  // namespace gatepost
