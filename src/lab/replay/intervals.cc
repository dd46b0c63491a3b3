// Implements lab/replay/intervals.h.
#include "lab/replay/intervals.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace gatepost {
namespace {

constexpr std::uint64_t kSeed = 20'071'005;
constexpr std::size_t kDraws = 1'000;
constexpr std::size_t kDrawsMin = 200;
// Of the networks of all draws together: what is drawn of so many is close to the whole anyway.
constexpr std::size_t kDrawnMax = 50'000'000;
constexpr double kTail = 0.025;  // on either side

double part(std::uint64_t of, std::uint64_t whole) {
  return static_cast<double>(of) / static_cast<double>(whole);
}

struct Drawn {
  std::vector<double> caught;
  std::vector<double> hurt;
};

// As many networks as there are, each time any of them. Halves of the generator's own numbers are
// scaled here: the distributions of the standard library differ from one to another.
Drawn draw(const std::vector<NetworkCounts>& networks) {
  std::mt19937_64 random(kSeed);
  const auto count = networks.size();
  const auto draws = std::clamp(kDrawnMax / count, kDrawsMin, kDraws);
  Drawn drawn;
  for (std::size_t i = 0; i < draws; ++i) {
    Labelled sessions;
    Labelled refused;
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < count; ++k) {
      bits = k % 2 == 0 ? random() : bits >> 32;
      const auto& network = networks[(bits & 0xffff'ffff) * count >> 32];
      sessions += network.sessions;
      refused += network.refused;
    }
    if (sessions.spam > 0) drawn.caught.push_back(part(refused.spam, sessions.spam));
    if (sessions.ham > 0) drawn.hurt.push_back(part(refused.ham, sessions.ham));
  }
  return drawn;
}

double quantile(std::vector<double>& values, double at) {
  const auto index = static_cast<std::size_t>(at * static_cast<double>(values.size() - 1));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// `of` so many of `whole` is what was seen; the rule of three where that was none, or all.
Interval interval(std::vector<double>& drawn, std::uint64_t of, std::uint64_t whole) {
  if (whole == 0 || drawn.empty()) return {0, 1};
  const auto three = std::min(1.0, 3 / static_cast<double>(whole));
  if (of == 0) return {0, three};
  if (of == whole) return {1 - three, 1};
  return {quantile(drawn, kTail), quantile(drawn, 1 - kTail)};
}

}  // namespace

Intervals intervals_of(const ReplayReport& report) {
  Intervals intervals{{0, 1}, {0, 1}, 0};
  const auto labelled = report.spam + report.ham;
  if (labelled == 0 || report.networks.empty()) return intervals;
  auto drawn = draw(report.networks);
  intervals.caught = interval(drawn.caught, report.caught, report.spam);
  intervals.hurt = interval(drawn.hurt, report.ham_hurt, report.ham);
  intervals.by_chance = part(report.caught + report.ham_hurt, labelled);
  return intervals;
}

}  // namespace gatepost
