// Moments in words for a person.
#pragma once

#include <string>

#include "model/instant.h"

namespace gatepost {

std::string local_time(WallTime time);              // "2024-05-01 12:05:00"
std::string distance(WallTime time, WallTime now);  // "in 4 minutes", "3 days 2 hours ago", "now"
std::string when(WallTime time, WallTime now);      // both, the second in brackets

// describe() in whole seconds.
std::string length_in_words(Duration duration);

}  // namespace gatepost
