// Implements best_plot() of ops/replay_report/plots.h.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ops/page/figure.h"
#include "ops/page/words.h"
#include "ops/replay_report/plots.h"
#include "ops/replay_report/replay_words.h"

namespace gatepost {
namespace {

constexpr double kLeft = 54;
constexpr double kTop = 44;
constexpr double kHeight = 240;
constexpr double kBottom = kTop + kHeight;
constexpr double kNames = 108;  // room below
constexpr double kStepMost = 130;
constexpr double kPlotWidth = 900;
constexpr double kApart = 0.06;  // numbers that are nearer would overlap

struct Point {
  CheckName added{};
  double spam = 0;  // shares
  double ham = 0;
  double chance = 0;
};

std::vector<Point> points_of(const Overlap& overlap, const ReplayReport& report) {
  std::vector<Point> points;
  std::size_t shown = 0;  // those behind the last that adds anything are not worth a place
  for (const auto& best : overlap.best) {
    const auto spam = part_of(static_cast<double>(best.refused.spam), report.spam);
    const bool adds = spam > (points.empty() ? 0 : points.back().spam);
    const auto all = static_cast<double>(best.refused.spam + best.refused.ham);
    points.push_back({best.checks.back(), spam,
                      part_of(static_cast<double>(best.refused.ham), report.ham),
                      part_of(all, report.spam + report.ham)});
    if (adds) shown = points.size();
  }
  points.resize(shown);
  return points;
}

class Curves {
 public:
  explicit Curves(const std::vector<Point>& points)
      : points_(points),
        step_(std::min(kStepMost, kPlotWidth / static_cast<double>(points.size() + 1))) {}

  double x(std::size_t number) const { return kLeft + step_ * static_cast<double>(number); }
  static double y(double share) { return kBottom - kHeight * share; }
  double right() const { return x(points_.size()); }

  std::string axes() const {
    std::string text;
    for (int percent = 0; percent <= 100; percent += 20) {
      const auto height = y(percent / 100.0);
      text += svg_line(kLeft, height, right(), height, percent == 0 ? "axis" : "grid");
      text += svg_text(kLeft - 8, height + 4, "faint end", fmt::format("{}%", percent));
    }
    for (std::size_t i = 1; i <= points_.size(); ++i) {
      text += svg_line(x(i), kBottom, x(i), kBottom + 4, "axis");
      text += fmt::format(
          "<text class=\"end\" transform=\"translate({:.1f} {:.1f}) rotate(-40)\">{}{}</text>\n",
          x(i) + 4, kBottom + 18, i == 1 ? "" : "+ ", to_string(points_[i - 1].added));
    }
    return text;
  }

  std::string line(double Point::*share, std::string_view css, std::string_view dots) const {
    auto path = fmt::format("M{:.1f} {:.1f}", x(0), y(0));
    std::string marks;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto height = y(points_[i].*share);
      path += fmt::format("L{:.1f} {:.1f}", x(i + 1), height);
      if (!dots.empty()) marks += svg_dot(x(i + 1), height, 4, dots);
    }
    return fmt::format("<path class=\"line {}\" d=\"{}\"/>\n", css, path) + marks;
  }

  // Of each number of checks the best team, where it is better than those taken one by one.
  std::string teams(const Overlap& overlap, std::uint64_t spam) const {
    std::string text;
    for (const auto& team : overlap.few) {
      const auto count = team.checks.size();
      const auto share = part_of(static_cast<double>(team.refused.spam), spam);
      if (count == 0 || count > points_.size() || share <= points_[count - 1].spam) continue;
      text +=
          fmt::format("<g><title>{}: {}</title>", checks_in_words(team.checks), fine_share(share));
      text += svg_dot(x(count), y(share), 5, "c2");
      if (share - points_[count - 1].spam > kApart)
        text += svg_text(x(count) + 3, y(share) - 9, "small end", fine_share(share));
      text += "</g>\n";
    }
    return text;
  }

  std::string numbers() const {
    std::string text;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto& point = points_[i];
      text += fmt::format("<g><title>{} {}&#10;spam {}, ham {}&#10;by chance {} of both</title>",
                          i + 1, i == 0 ? "check" : "checks", fine_share(point.spam),
                          fine_share(point.ham), fine_share(point.chance));
      text += svg_text(x(i + 1) + 3, y(point.spam) - 9, "small end", fine_share(point.spam));
      text += svg_bar(x(i + 1) - step_ / 2, kTop, step_, kHeight, "hit") + "</g>\n";
    }
    return text;
  }

 private:
  const std::vector<Point>& points_;
  const double step_;
};

std::string key(double x, std::string_view css, std::string_view words) {
  return fmt::format("<path class=\"line {}\" d=\"M{} 12h22\"/>\n", css, x) +
         svg_text(x + 28, 16, "", words);
}

std::string description_of(const std::vector<Point>& points) {
  std::string text = "The best one, two, three checks.";
  for (const auto& point : points) {
    text += fmt::format(" With {}: {} of spam, {} of ham; by chance {} of both.",
                        to_string(point.added), fine_share(point.spam), fine_share(point.ham),
                        fine_share(point.chance));
  }
  return text;
}

}  // namespace

std::string best_plot(const Overlap& overlap, const ReplayReport& report) {
  const auto points = points_of(overlap, report);
  if (points.empty()) return {};
  const Curves curves(points);
  auto text = key(kLeft, "s0", "spam refused") + key(kLeft + 140, "s5", "ham refused") +
              key(kLeft + 280, "chance", "as many refused by chance: of spam and ham alike");
  text += curves.axes() + curves.line(&Point::chance, "chance", "") +
          curves.line(&Point::ham, "s5", "c5") + curves.line(&Point::spam, "s0", "c0") +
          curves.numbers();
  if (const auto teams = curves.teams(overlap, report.spam); !teams.empty()) {
    text += teams + svg_dot(kLeft + 661, 12, 5, "c2") +
            svg_text(kLeft + 672, 16, "", "the best of all teams");
  }
  return figure({"best-plot", "The best few checks, beside chance", description_of(points),
                 std::max(curves.right() + 40, 860.0), kBottom + kNames},
                text);
}

}  // namespace gatepost
