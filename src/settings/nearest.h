// Which known word did somebody mean who wrote another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::settings_table {

// How many letters are to be put in, taken out, changed or swapped with their neighbour to make one
// of the other. Only the first 64 bytes count.
std::size_t edit_distance(std::string_view a, std::string_view b);

struct Section;

// The known key that is nearest to one that `section` does not have: mostly one of its own
// ("wait"), with its section where another section has a much nearer one ("greet.wait").
std::string nearest_key(const Section& section, std::string_view unknown);

}  // namespace gatepost::settings_table
