// Names of tables that nft takes, and that nobody else is likely to have.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatepost {

inline constexpr std::size_t kTableNameMax = 32;

// One word of letters, digits and underscores that is none of nft's own (of versions up to 1.1),
// which it does not take without quotes nor with them, nor the usual name of a firewall's table.
bool is_table_name(std::string_view name);

}  // namespace gatepost
