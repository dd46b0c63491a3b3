// Implements lab/wait/survival.h.
#include "lab/wait/survival.h"

#include <algorithm>
#include <cmath>

namespace gatepost {
namespace {

constexpr double kNormal95 = 1.959964;

double silent_talkers(const Patience& patience, double t) {
  return std::exp(-t / patience.talks_after_s);
}

double waiting_impatient(const Patience& patience, double t) {
  return std::exp(-std::pow(t / patience.scale_s, patience.shape));
}

// Simpson's rule, on a curve without corners.
template <typename Curve>
double area(const Curve& curve, double to) {
  constexpr int kParts = 64;
  const double step = to / kParts;
  double sum = curve(0.0) + curve(to);
  for (int i = 1; i < kParts; ++i) sum += (i % 2 == 0 ? 2 : 4) * curve(step * i);
  return sum * step / 3;
}

void add_bounds(SurvivalStep& step, double greenwood) {
  step.error = step.share * std::sqrt(greenwood);
  if (step.share <= 0) {  // nobody is left, and the sum has no value
    step.error = step.low = step.high = 0;
    return;
  }
  const double spread = kNormal95 * std::sqrt(greenwood) / std::log(step.share);
  step.low = std::pow(step.share, std::exp(-spread));
  step.high = std::pow(step.share, std::exp(spread));
}

}  // namespace

double survival(const Patience& patience, double t) {
  const double patient = 1 - patience.detectable();
  return patient + patience.talks * silent_talkers(patience, t) +
         patience.impatient * waiting_impatient(patience, t);
}

double hazard(const Patience& patience, double t) {
  const double talk = patience.talks * silent_talkers(patience, t) / patience.talks_after_s;
  const double rate =
      patience.shape / patience.scale_s * std::pow(t / patience.scale_s, patience.shape - 1);
  const double gone = patience.impatient * waiting_impatient(patience, t) * rate;
  const double still = survival(patience, t);
  return still > 0 ? (talk + gone) / still : 0;
}

double detected_by(const Patience& patience, double t) {
  if (patience.detectable() <= 0) return 0;
  return (1 - survival(patience, t)) / patience.detectable();
}

double mean_hold(const Patience& patience, double t, bool talkers_stay) {
  const double patient = 1 - patience.detectable();
  const double talkers =
      talkers_stay ? t : patience.talks_after_s * (1 - silent_talkers(patience, t));
  const double impatient = area([&](double at) { return waiting_impatient(patience, at); }, t);
  return patient * t + patience.talks * talkers + patience.impatient * impatient;
}

std::vector<SurvivalStep> survival_curve(std::vector<Watched> watched) {
  std::sort(watched.begin(), watched.end(),
            [](const Watched& a, const Watched& b) { return a.seconds < b.seconds; });
  std::vector<SurvivalStep> curve;
  double share = 1;
  double greenwood = 0;
  for (auto one = watched.begin(); one != watched.end();) {
    SurvivalStep step;
    step.at = one->seconds;
    step.at_risk = static_cast<std::uint64_t>(watched.end() - one);
    for (; one != watched.end() && one->seconds == step.at; ++one) step.ended += one->ended ? 1 : 0;
    if (step.ended == 0) continue;
    const auto at_risk = static_cast<double>(step.at_risk);
    const auto ended = static_cast<double>(step.ended);
    share *= 1 - ended / at_risk;
    greenwood += ended / (at_risk * (at_risk - ended));
    step.share = step.ended == step.at_risk ? 0 : share;
    add_bounds(step, greenwood);
    curve.push_back(step);
  }
  return curve;
}

}  // namespace gatepost
