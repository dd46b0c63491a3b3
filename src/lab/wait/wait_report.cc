// Implements lab/wait/wait_report.h.
#include "lab/wait/wait_report.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

namespace gatepost {
namespace {

constexpr double kGoalMean = 6;
constexpr double kGoalP99 = 10;
constexpr double kGoalDetected = 0.9;
constexpr double kLongest = 35;

WaitRow row_of(std::string policy, const Newcomers& newcomers, const Waits& waits) {
  return {std::move(policy), waits, outcome_of(newcomers, waits)};
}

HoldLimits limits_of(double mean_s) {
  HoldLimits limits;
  limits.mean_s = mean_s;
  limits.longest_s = kLongest;
  return limits;
}

std::vector<WaitRow> policies(const Newcomers& newcomers, double fixed_s) {
  const auto fixed = row_of(fmt::format("{:g} s for all", fixed_s), newcomers, same_wait(fixed_s));
  const auto same = limits_of(fixed.outcome.mean_s);
  HoldLimits same_of_ham;
  same_of_ham.ham_mean_s = fixed_s;
  auto letting_go = newcomers;
  letting_go.talkers_stay = false;
  return {fixed,
          row_of("same mean, two waits", newcomers, best_of_two(newcomers, same)),
          row_of("same mean, by name", newcomers, best_by_name(newcomers, same)),
          row_of("same mean, who talks is let go", letting_go, best_fixed(letting_go, same)),
          row_of("and two waits", letting_go, best_of_two(letting_go, same)),
          row_of("same mean of ham, two waits", newcomers, best_of_two(newcomers, same_of_ham)),
          row_of("35 s for all", newcomers, same_wait(kLongest))};
}

std::vector<WaitRow> towards_goal(const Newcomers& newcomers) {
  const double with_known = 1 + (1 - newcomers.spam_share) * newcomers.known_ham;
  const auto row = [&](std::string name, const HoldLimits& limits) {
    return row_of(std::move(name), newcomers, best_by_name(newcomers, limits));
  };
  auto p99 = HoldLimits{};
  p99.ham_p99_s = kGoalP99;
  auto both = limits_of(kGoalMean);
  both.ham_p99_s = kGoalP99;
  auto both_with_known = limits_of(kGoalMean * with_known);
  both_with_known.ham_p99_s = kGoalP99;
  return {row("mean 6 s", limits_of(kGoalMean)),
          row("mean 6 s with known good", limits_of(kGoalMean * with_known)),
          row("p99 of new ham 10 s", p99), row("both", both),
          row("both, with known good", both_with_known)};
}

double least_mean_for_goal(const Newcomers& newcomers) {
  double low = 0;
  double high = outcome_of(newcomers, same_wait(kLongest)).mean_s;
  const auto detected = [&](double mean_s) {
    return outcome_of(newcomers, best_of_two(newcomers, limits_of(mean_s))).detected;
  };
  if (detected(high) < kGoalDetected) return 0;
  for (int i = 0; i < 12; ++i) {
    const double middle = (low + high) / 2;
    (detected(middle) < kGoalDetected ? low : high) = middle;
  }
  return high;
}

std::vector<FrontierRow> frontier(const Newcomers& newcomers) {
  std::vector<FrontierRow> rows;
  for (const double mean_s : {1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25}) {
    const auto limits = limits_of(mean_s);
    rows.push_back({mean_s, outcome_of(newcomers, best_fixed(newcomers, limits)).detected,
                    outcome_of(newcomers, best_of_two(newcomers, limits)).detected,
                    outcome_of(newcomers, best_by_name(newcomers, limits)).detected});
  }
  return rows;
}

std::vector<WaitRow> by_prices(Newcomers newcomers) {
  std::vector<WaitRow> rows;
  newcomers.talkers_stay = false;  // the rule has no more to do with who talked
  for (const double second : {0.005, 0.01, 0.015, 0.02, 0.022, 0.024, 0.026, 0.04}) {
    const HoldPrices prices{second, 10 * second};
    const auto add = [&](std::string name, const Waits& waits) {
      rows.push_back(row_of(fmt::format("{:g}, {}", second, name), newcomers, waits));
    };
    add("as it stands", myopic_waits(newcomers, prices, kLongest));
    add("looking ahead", priced_waits(newcomers, prices, kLongest));
  }
  return rows;
}

GainRow gain_of(std::string assumption, Newcomers newcomers, double fixed_s) {
  GainRow row{std::move(assumption), {}, 0};
  for (const double share : kSpamShares) {
    newcomers.spam_share = share;
    const auto fixed = outcome_of(newcomers, same_wait(fixed_s));
    const auto two = outcome_of(newcomers, best_of_two(newcomers, limits_of(fixed.mean_s)));
    row.points.push_back(100 * (two.detected - fixed.detected));
  }
  newcomers.spam_share = 0.9;
  auto goal = limits_of(kGoalMean);
  goal.ham_p99_s = kGoalP99;
  row.goal = outcome_of(newcomers, best_by_name(newcomers, goal)).detected;
  return row;
}

std::vector<GainRow> gains(const Newcomers& newcomers, double fixed_s) {
  using Change = std::function<void(Newcomers&)>;
  const std::vector<std::pair<std::string, Change>> assumptions{
      {"as they are", [](Newcomers&) {}},
      {"0.1 talk", [](Newcomers& n) { n.patience.talks = 0.1; }},
      {"0.6 talk", [](Newcomers& n) { n.patience.talks = 0.6; }},
      {"they talk after 1 s, the mean", [](Newcomers& n) { n.patience.talks_after_s = 1; }},
      {"they talk after 2 s", [](Newcomers& n) { n.patience.talks_after_s = 2; }},
      {"0.6 talk, 0.1 are impatient",
       [](Newcomers& n) { n.patience.talks = 0.6, n.patience.impatient = 0.1; }},
      {"0.2 are impatient", [](Newcomers& n) { n.patience.impatient = 0.2; }},
      {"0.7 are impatient, none patient", [](Newcomers& n) { n.patience.impatient = 0.7; }},
      {"Weibull's shape 1", [](Newcomers& n) { n.patience.shape = 1; }},
      {"Weibull's shape 1.6", [](Newcomers& n) { n.patience.shape = 1.6; }},
      {"its scale 9 s", [](Newcomers& n) { n.patience.scale_s = 9; }},
      {"its scale 30 s", [](Newcomers& n) { n.patience.scale_s = 30; }},
      {"a third of bots have good names",
       [](Newcomers& n) {
         n.bots = {0.25, 0.42, 0.33};
       }},
      {"names as in TREC 2007",
       [](Newcomers& n) {
         n.bots = {0.325, 0.421, 0.254}, n.ham = {0, 0, 1};
       }},
      {"a tenth of new ham has a bad one",
       [](Newcomers& n) {
         n.ham = {0.03, 0.07, 0.9};
       }},
      {"who talks is let go at once", [](Newcomers& n) { n.talkers_stay = false; }},
  };
  std::vector<GainRow> rows;
  for (const auto& [name, change] : assumptions) {
    auto changed = newcomers;
    change(changed);
    rows.push_back(gain_of(name, changed, fixed_s));
  }
  return rows;
}

// ---- text

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

void add_rows(std::string& text, std::string_view title, const std::vector<WaitRow>& rows) {
  text += fmt::format("{:<31} {:>5} {:>5} {:>5}  {:>8} {:>6} {:>6} {:>6} {:>6} {:>7}\n", title,
                      "BAD", "LINE", "OTHER", "DETECTED", "MEAN", "OF ALL", "HAM", "P99", "PLACES");
  constexpr double kHalf = 1e-9;  // so that halves are rounded up on every machine
  for (const auto& [policy, waits, outcome] : rows) {
    text += fmt::format(
        "{:<31} {:>5.1f} {:>5.1f} {:>5.1f}  {:>8} {:>6.2f} {:>6.2f} {:>6.2f} {:>6.1f} {:>7.0f}\n",
        policy, waits.bad, waits.consumer, waits.other, percent(outcome.detected),
        outcome.mean_s + kHalf, outcome.mean_of_all_s + kHalf, outcome.ham_mean_s + kHalf,
        outcome.ham_p99_s, outcome.places);
  }
  text += '\n';
}

void add_patience(std::string& text, const Patience& patience) {
  text += fmt::format("{:<31} {:>14} {:>14} {:>10}\n", "GREETED AFTER", "OF DETECTABLE",
                      "OF ALL BOTS", "HAZARD");
  for (const int t : {1, 2, 3, 6, 10, 15, 20, 28, 35, 60, 85}) {
    text += fmt::format("{:<31} {:>14} {:>14} {:>10.4f}\n", fmt::format("{} s", t),
                        percent(detected_by(patience, t)), percent(1 - survival(patience, t)),
                        hazard(patience, t));
  }
  text += '\n';
}

void add_share(std::string& text, const WaitShare& share) {
  const auto title = fmt::format("OF NEWCOMERS {:.3g} % ARE BOTS", 100 * share.spam_share);
  add_rows(text, title, share.policies);
  add_rows(text, "THE MOST WITHIN", share.goal);
  text += share.least_for_goal_s > 0
              ? fmt::format("90 % of the detectable need a mean hold of {:.1f} s.\n\n",
                            share.least_for_goal_s)
              : "90 % of the detectable cannot be had with 35 s.\n\n";
  text +=
      fmt::format("{:<31} {:>10} {:>10} {:>10}\n", "MEAN HOLD", "ONE WAIT", "TWO WAITS", "BY NAME");
  for (const auto& row : share.frontier) {
    text += fmt::format("{:<31} {:>10} {:>10} {:>10}\n", fmt::format("{:g} s", row.mean_s),
                        percent(row.fixed), percent(row.two), percent(row.by_name));
  }
  text += '\n';
}

}  // namespace

WaitShare wait_share(const Newcomers& newcomers, double fixed_s) {
  return {newcomers.spam_share, policies(newcomers, fixed_s), towards_goal(newcomers),
          least_mean_for_goal(newcomers), frontier(newcomers)};
}

WaitReport wait_report(const Newcomers& newcomers, double fixed_s) {
  WaitReport report{newcomers, fixed_s, {}, {}, {}};
  auto some = newcomers;
  for (const double share : kSpamShares) {
    some.spam_share = share;
    report.shares.push_back(wait_share(some, fixed_s));
  }
  some.spam_share = 0.9;
  report.rule = by_prices(some);
  report.gains = gains(newcomers, fixed_s);
  return report;
}

std::string wait_text(const WaitReport& report) {
  std::string text;
  add_patience(text, report.newcomers.patience);
  for (const auto& share : report.shares) add_share(text, share);
  add_rows(text, "PRICE OF A SECOND, 90 % BOTS", report.rule);
  text += fmt::format("{:<31}", "TWO WAITS, POINTS MORE");
  for (const double share : kSpamShares) text += fmt::format(" {:>7g} %", 100 * share);
  text += "  GOAL, 90 %\n";
  for (const auto& row : report.gains) {
    text += fmt::format("{:<31}", row.assumption);
    for (const double points : row.points) text += fmt::format(" {:>+9.1f}", points);
    text += fmt::format(" {:>11}\n", percent(row.goal));
  }
  return text;
}

std::string wait_text(const WaitShare& share) {
  std::string text;
  add_share(text, share);
  return text;
}

}  // namespace gatepost
