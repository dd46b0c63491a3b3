// What may stand as a host name, in one spelling.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatepost {

inline constexpr std::size_t kHostNameLengthMax = 253;

// `text` in lower case and without its last dot, or nothing where it is no host name: at most 253
// bytes, labels of 1 to 63 letters, digits, '-' within and '_' (RFC 1123 2.1, and what is met), the
// last not of digits alone, for that would be an address.
std::optional<std::string> host_name(std::string_view text);

// Whether the name is the domain or one below it; both in one spelling.
bool is_in_domain(std::string_view name, std::string_view domain);

}  // namespace gatepost
