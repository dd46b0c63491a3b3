// Implements shares_plot() of ops/replay_report/plots.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ops/page/figure.h"
#include "ops/page/words.h"
#include "ops/replay_report/plots.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr double kNames = 8;
constexpr double kPanels = 158;  // where the first begins
constexpr double kPanel = 276;   // from one to the next
constexpr double kLongest = 196;
constexpr double kTop = 44;
constexpr double kRow = 22;
constexpr double kWidth = kPanels + 3 * kPanel + 8;

struct Panel {
  std::string_view title;
  std::string_view note;
  std::string_view css;
  double (*spam)(const Overlap::Check&);
};
constexpr std::array<Panel, 3> kPanelsOf = {{
    {"Shapley share", "its fair part of all that is refused", "c0",
     [](const Overlap::Check& check) { return check.shapley_spam; }},
    {"Alone", "without any other", "c4",
     [](const Overlap::Check& check) { return static_cast<double>(check.alone.spam); }},
    {"Needed", "let in without it", "c2",
     [](const Overlap::Check& check) { return static_cast<double>(check.needed.spam); }},
}};

double top_of(std::size_t row) { return kTop + kRow * static_cast<double>(row); }

std::string panel_of(const Panel& panel, double x, const std::vector<Overlap::Check>& checks,
                     double most, std::uint64_t all_spam) {
  auto text = svg_text(x, 16, "head", panel.title) + svg_text(x, 33, "small faint", panel.note);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto spam = panel.spam(checks[i]);
    const auto length = kLongest * std::max(spam, 0.0) / most;
    text += svg_bar(x, top_of(i) + 4, length, kRow - 8, panel.css);
    text += svg_text(x + length + 6, top_of(i) + kRow / 2 + 4, spam > 0 ? "small" : "small faint",
                     fine_share(part_of(spam, all_spam)));
  }
  return text + svg_line(x, kTop, x, top_of(checks.size()), "axis");
}

std::string description_of(const std::vector<Overlap::Check>& checks, std::uint64_t spam) {
  std::string text = "Shares of all spam.";
  for (const auto& check : checks) {
    text += fmt::format(" {}: {}, alone {}, needed {}.", to_string(check.check),
                        fine_share(part_of(check.shapley_spam, spam)),
                        fine_share(check.alone.spam, spam), fine_share(check.needed.spam, spam));
  }
  return text;
}

}  // namespace

std::string shares_plot(const Overlap& overlap, const ReplayReport& report) {
  std::vector<Overlap::Check> checks;
  double most = 0;
  for (const auto& check : overlap.checks) {
    if (check.hit.spam == 0) continue;
    checks.push_back(check);
    for (const auto& panel : kPanelsOf) most = std::max(most, panel.spam(check));
  }
  if (most <= 0) return {};
  std::string text;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (i % 2 == 0) text += svg_bar(0, top_of(i), kWidth, kRow, "stripe");
    text += svg_text(kNames, top_of(i) + kRow / 2 + 4, "", to_string(checks[i].check));
  }
  auto x = kPanels;
  for (const auto& panel : kPanelsOf) {
    text += panel_of(panel, x, checks, most, report.spam);
    x += kPanel;
  }
  return figure({"shares-plot", "What each check adds", description_of(checks, report.spam), kWidth,
                 top_of(checks.size()) + 6},
                text);
}

}  // namespace gatepost
