// Numbers and moments in words, the same in the terminal and on a page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/instant.h"

namespace gatepost {

std::string grouped(std::uint64_t number);                      // "1,234,567"
std::string short_number(std::uint64_t number);                 // "1.2M", for an axis
std::string share(std::uint64_t part, std::uint64_t whole);     // "12.3%"; 100% is all of it
std::string things(std::uint64_t count, std::string_view one);  // "1 message", "1,200 messages"
std::string minute_of(WallTime time);                           // local, "-" for never
std::string day_of(WallTime time);

}  // namespace gatepost
