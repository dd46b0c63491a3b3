// Implements lab/wait/hold.h.
#include "lab/wait/hold.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace gatepost {
namespace {

constexpr double kStep = 0.5;
constexpr std::array kKinds{&ByName::bad, &ByName::consumer, &ByName::other};

int steps(double seconds, double step) { return static_cast<int>(std::lround(seconds / step)); }

// Of newcomers of this kind of name the share that are bots.
double prior_of(const Newcomers& newcomers, double ByName::*kind) {
  const double bots = newcomers.spam_share * newcomers.bots.*kind;
  const double ham = (1 - newcomers.spam_share) * newcomers.ham.*kind;
  return bots + ham > 0 ? bots / (bots + ham) : 0;
}

double ham_p99(const Newcomers& newcomers, const Waits& waits) {
  std::array<std::pair<double, double>, 3> parts;  // wait, share
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i] = {waits.*kKinds[i], newcomers.ham.*kKinds[i]};
  std::sort(parts.begin(), parts.end(), std::greater<>());
  double above = 0;  // up to one in a hundred wait longer
  for (const auto& [wait, share] : parts) {
    above += share;
    if (above > 0.01 + 1e-9) return wait;
  }
  return parts.back().first;
}

// What is gained for a bot, and paid, looked up instead of computed: searches ask often.
class HoldTable {
 public:
  HoldTable(const Newcomers& newcomers, double longest_s) : newcomers_(newcomers) {
    for (int i = 0; i <= steps(longest_s, kStep); ++i) {
      const double t = i * kStep;
      detected_.push_back(detected_by(newcomers.patience, t));
      hold_.push_back(mean_hold(newcomers.patience, t, newcomers.talkers_stay));
    }
  }

  std::size_t size() const { return detected_.size(); }
  double detected(double ByName::*kind, std::size_t at) const {
    return newcomers_.bots.*kind * detected_[at];
  }
  double detected(double ByName::*kind, double at) const {  // between two steps
    const auto below = static_cast<std::size_t>(at);
    const auto above = std::min(below + 1, size() - 1);
    const double part = at - static_cast<double>(below);
    return (1 - part) * detected(kind, below) + part * detected(kind, above);
  }
  // Of all newcomers.
  double mean(double ByName::*kind, std::size_t at) const {
    return newcomers_.spam_share * newcomers_.bots.*kind * hold_[at] +
           (1 - newcomers_.spam_share) * ham_mean(kind, at);
  }
  double ham_mean(double ByName::*kind, std::size_t at) const {
    return newcomers_.ham.*kind * kStep * static_cast<double>(at);
  }
  // The most steps of this kind that are within the limits, in parts of a step.
  double fitted(double ByName::*kind, const HoldLimits& limits) const {
    std::size_t at = 0;
    while (at + 1 < size() && mean(kind, at + 1) <= limits.mean_s &&
           ham_mean(kind, at + 1) <= limits.ham_mean_s)
      ++at;
    if (at + 1 == size()) return static_cast<double>(at);
    const double by_mean = (limits.mean_s - mean(kind, at)) / (mean(kind, at + 1) - mean(kind, at));
    const double by_ham =
        (limits.ham_mean_s - ham_mean(kind, at)) / (ham_mean(kind, at + 1) - ham_mean(kind, at));
    return static_cast<double>(at) + std::min({by_mean, by_ham, 1.0});
  }

 private:
  const Newcomers& newcomers_;
  std::vector<double> detected_;
  std::vector<double> hold_;
};

// What these leave to the third kind.
HoldLimits left_of(HoldLimits limits, const HoldTable& table, std::size_t good, std::size_t line) {
  limits.mean_s -= table.mean(&ByName::other, good) + table.mean(&ByName::consumer, line);
  limits.ham_mean_s -=
      table.ham_mean(&ByName::other, good) + table.ham_mean(&ByName::consumer, line);
  return limits;
}

bool is_within(const HoldOutcome& outcome, const HoldLimits& limits) {
  constexpr double kRounding = 1e-9;
  return outcome.mean_s <= limits.mean_s + kRounding &&
         outcome.ham_mean_s <= limits.ham_mean_s + kRounding &&
         outcome.ham_p99_s <= limits.ham_p99_s + kRounding;
}

// The largest that stays within, of those that `raised` makes of a wait; all costs grow with it.
template <typename Raised>
Waits fitted(const Newcomers& newcomers, const HoldLimits& limits, const Raised& raised) {
  double low = 0;
  double high = limits.longest_s;
  if (is_within(outcome_of(newcomers, raised(high)), limits)) return raised(high);
  for (int i = 0; i < 25; ++i) {
    const double middle = (low + high) / 2;
    (is_within(outcome_of(newcomers, raised(middle)), limits) ? low : high) = middle;
  }
  return raised(low);
}

}  // namespace

HoldOutcome outcome_of(const Newcomers& newcomers, const Waits& waits) {
  HoldOutcome outcome;
  double bot_mean = 0;
  for (const auto kind : kKinds) {
    const double wait = waits.*kind;
    const double bots = newcomers.bots.*kind;
    if (wait > 0) outcome.detected += bots * detected_by(newcomers.patience, wait);
    bot_mean += bots * mean_hold(newcomers.patience, wait, newcomers.talkers_stay);
    outcome.ham_mean_s += newcomers.ham.*kind * wait;
  }
  const double ham = 1 - newcomers.spam_share;
  outcome.mean_s = newcomers.spam_share * bot_mean + ham * outcome.ham_mean_s;
  outcome.mean_of_all_s = outcome.mean_s / (1 + ham * newcomers.known_ham);
  outcome.ham_p99_s = ham_p99(newcomers, waits);
  outcome.places = 1'000 * outcome.mean_s;
  return outcome;
}

double suspicion(const Newcomers& newcomers, double prior, double t) {
  const double bots = prior * survival(newcomers.patience, t);
  return bots + 1 - prior > 0 ? bots / (bots + 1 - prior) : 0;
}

Waits myopic_waits(const Newcomers& newcomers, const HoldPrices& prices, double longest_s) {
  constexpr double kMoment = 0.01;
  Waits waits;
  for (const auto kind : kKinds) {
    const double prior = prior_of(newcomers, kind);
    const auto holds = [&](double t) {
      const double p = suspicion(newcomers, prior, t);
      return p * hazard(newcomers.patience, t) > prices.second + (1 - p) * prices.ham_second;
    };
    int moments = 0;
    while (moments < steps(longest_s, kMoment) && holds(moments * kMoment)) ++moments;
    waits.*kind = moments * kMoment;
  }
  return waits;
}

Waits priced_waits(const Newcomers& newcomers, const HoldPrices& prices, double longest_s) {
  constexpr double kFine = 0.1;
  const auto& patience = newcomers.patience;
  Waits waits;
  for (const auto kind : kKinds) {
    const double prior = prior_of(newcomers, kind);
    double best = 0;
    for (int i = 1; i <= steps(longest_s, kFine); ++i) {
      const double t = i * kFine;
      const double bot = patience.detectable() * detected_by(patience, t) -
                         prices.second * mean_hold(patience, t, newcomers.talkers_stay);
      const double ham = -(prices.second + prices.ham_second) * t;
      const double worth = prior * bot + (1 - prior) * ham;
      if (worth <= best) continue;
      best = worth;
      waits.*kind = t;
    }
  }
  return waits;
}

Waits best_fixed(const Newcomers& newcomers, const HoldLimits& limits) {
  return fitted(newcomers, limits, same_wait);
}

Waits best_of_two(const Newcomers& newcomers, const HoldLimits& limits) {
  Waits best;
  double most = -1;
  for (int i = 0; i <= steps(limits.longest_s, kStep); ++i) {
    const double good = i * kStep;
    const auto waits = fitted(newcomers, limits, [&](double suspect) {
      return Waits{suspect, suspect, good};
    });
    const auto outcome = outcome_of(newcomers, waits);
    if (!is_within(outcome, limits) || outcome.detected <= most) continue;
    most = outcome.detected;
    best = waits;
  }
  return best;
}

Waits best_by_name(const Newcomers& newcomers, const HoldLimits& limits) {
  const HoldTable table(newcomers, limits.longest_s);
  Waits best;
  double most = -1;
  for (std::size_t good = 0; good < table.size(); ++good) {
    for (std::size_t line = 0; line < table.size(); ++line) {
      const HoldLimits rest = left_of(limits, table, good, line);
      if (rest.mean_s < 0 || rest.ham_mean_s < 0) break;
      const double bad = table.fitted(&ByName::bad, rest);
      const double detected = table.detected(&ByName::other, good) +
                              table.detected(&ByName::consumer, line) +
                              table.detected(&ByName::bad, bad);
      const Waits waits{kStep * bad, kStep * static_cast<double>(line),
                        kStep * static_cast<double>(good)};
      if (detected <= most || ham_p99(newcomers, waits) > limits.ham_p99_s) continue;
      most = detected;
      best = waits;
    }
  }
  return fitted(newcomers, limits, [&](double bad) {
    return Waits{std::min(bad, best.bad + kStep), best.consumer, best.other};
  });
}

}  // namespace gatepost
