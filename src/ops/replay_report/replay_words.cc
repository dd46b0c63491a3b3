// Implements ops/replay_report/replay_words.h.
#include "ops/replay_report/replay_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gatepost {

std::string fine_share(double share) {
  if (share <= 0) return "0%";
  if (share >= 1) return "100%";
  const auto percent = 100 * share;
  const auto rest = std::min(percent, 100 - percent);
  if (rest < 0.001) return percent < 50 ? "under 0.001%" : "over 99.999%";
  return fmt::format("{:.{}f}%", percent, rest < 0.01 ? 3 : rest < 1 ? 2 : 1);
}

std::string fine_share(std::uint64_t part, std::uint64_t whole) {
  return fine_share(part_of(static_cast<double>(part), whole));
}

std::string in_words(const Interval& interval) {
  return fmt::format("{} to {}", fine_share(interval.low), fine_share(interval.high));
}

std::string checks_in_words(const std::vector<CheckName>& checks) {
  std::string names;
  for (const auto check : checks) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(check));
  }
  return names.empty() ? "no check" : names;
}

double part_of(double part, std::uint64_t whole) {
  return whole == 0 ? 0 : part / static_cast<double>(whole);
}

Duration delay_at(const std::vector<Duration>& rising, double quantile) {
  if (rising.empty()) return {};
  const auto rank = std::ceil(quantile * static_cast<double>(rising.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return rising[std::min(index, rising.size() - 1)];
}

}  // namespace gatepost
