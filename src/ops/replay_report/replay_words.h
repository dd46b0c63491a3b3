// Shares and lengths of a replay in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/replay/intervals.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

// "94.2%", "0.07%": as fine as is needed to tell it from nothing and from all.
std::string fine_share(double share);
std::string fine_share(std::uint64_t part, std::uint64_t whole);
std::string in_words(const Interval& interval);  // "93.1% to 95.2%"

std::string checks_in_words(const std::vector<CheckName>& checks);  // "score, helo", "no check"

double part_of(double part, std::uint64_t whole);  // 0 of nothing

Duration delay_at(const std::vector<Duration>& rising, double quantile);

}  // namespace gatepost
