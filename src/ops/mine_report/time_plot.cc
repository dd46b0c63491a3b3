// Implements ops/mine_report/time_plot.h.
#include "ops/mine_report/time_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "ops/mine_report/class_parts.h"
#include "ops/page/axis.h"
#include "ops/page/bars.h"
#include "ops/page/html.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

constexpr double kTop = 8;  // room for half a line of text above the uppermost line
constexpr double kBelow = 24;
constexpr double kLow = 100;  // has room for few lines
constexpr std::size_t kTicksMax = 12;

using PartsOf = std::function<std::vector<BarPart>(const MinedStep&)>;

struct Plot {
  const Timeline& timeline;
  double height;  // of the bars
  std::string label;
  PartsOf parts_of;
};

std::uint64_t sum(const std::vector<BarPart>& parts) {
  std::uint64_t all = 0;
  for (const auto& part : parts) all += part.count;
  return all;
}

WallTime begin_of(const Timeline& timeline, std::size_t step) {
  return timeline.from + timeline.step * static_cast<Duration::rep>(step);
}

// Of our own words, as HTML.
std::string tooltip(const Timeline& timeline, std::size_t step, const std::vector<BarPart>& parts) {
  const bool of_days = timeline.step % std::chrono::hours(24) == Duration::zero();
  const auto begins = begin_of(timeline, step);
  auto text = of_days ? day_of(begins) : minute_of(begins);
  if (timeline.step > std::chrono::hours(24)) {
    text += " to " + day_of(begin_of(timeline, step + 1) - Duration(1));
  }
  if (parts.size() > 1) text += ": " + grouped(sum(parts));
  for (const auto& part : parts) {
    if (part.count > 0) text += fmt::format("&#10;{} {}", part.label, grouped(part.count));
  }
  return text;
}

// One step: its parts from below to above, and over all of it what a pointer finds.
std::string column(const Plot& plot, std::size_t step, std::uint64_t most) {
  const auto width = 100 / static_cast<double>(plot.timeline.steps.size());
  const auto x = percent(width * static_cast<double>(step));
  const auto bar_width = percent(width * (plot.timeline.steps.size() > 100 ? 1 : 0.86));
  const auto parts = plot.parts_of(plot.timeline.steps[step]);
  auto text = fmt::format("<g><title>{}</title>", tooltip(plot.timeline, step, parts));
  double y = kTop + plot.height;
  for (const auto& part : parts) {
    if (part.count == 0) continue;
    const auto height = plot.height * static_cast<double>(part.count) / static_cast<double>(most);
    y -= height;
    text += fmt::format(R"(<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>)",
                        part.css, x, y, bar_width, height);
  }
  return text + fmt::format(
                    "<rect class=\"hit\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>"
                    "</g>\n",
                    x, kTop, percent(width), plot.height);
}

std::string count_axis(const Plot& plot, std::uint64_t step, std::uint64_t most) {
  std::string text;
  for (std::uint64_t count = 0; count <= most; count += step) {
    const auto part = static_cast<double>(count) / static_cast<double>(most);
    const auto y = kTop + plot.height * (1 - part);
    text += fmt::format(
        "<line class=\"{0}\" x1=\"0\" x2=\"100%\" y1=\"{1:.1f}\" y2=\"{1:.1f}\"/>"
        "<text class=\"count\" x=\"-8\" y=\"{2:.1f}\">{3}</text>\n",
        count == 0 ? "axis" : "grid", y, y + 4, short_number(count));
  }
  return text;
}

std::string time_axis(const Plot& plot) {
  const auto& timeline = plot.timeline;
  const auto from = timeline.from;
  const auto to = begin_of(timeline, timeline.steps.size());
  const auto bottom = kTop + plot.height;
  std::string text;
  std::size_t number = 0;
  for (const auto& tick : time_ticks(from, to, kTicksMax)) {
    const auto place = 100 * static_cast<double>((tick.at - from).count()) /
                       static_cast<double>((to - from).count());
    text += fmt::format(
        "<g class=\"{0}\"><line class=\"axis\" x1=\"{1}\" x2=\"{1}\" y1=\"{2}\" "
        "y2=\"{3}\"/><text class=\"{4}\" x=\"{1}\" y=\"{5}\">{6}</text></g>\n",
        number++ % 2 == 0 ? "tick" : "tick between", percent(place), bottom, bottom + 4,
        place > 96 ? "time last" : "time", bottom + 18, tick.label);
  }
  return text;
}

std::string draw(const Plot& plot) {
  std::uint64_t most = 0;
  for (const auto& step : plot.timeline.steps) most = std::max(most, sum(plot.parts_of(step)));
  if (most == 0) return {};
  const auto step = count_step(most, plot.height > kLow ? 5 : 2);
  most = (most + step - 1) / step * step;
  auto text = fmt::format("<svg class=\"plot\" role=\"img\" aria-label=\"{}\" height=\"{}\">\n",
                          html(plot.label), kTop + plot.height + kBelow);
  text += count_axis(plot, step, most);
  for (std::size_t i = 0; i < plot.timeline.steps.size(); ++i) text += column(plot, i, most);
  return text + time_axis(plot) + "</svg>\n";
}

std::string span_of(const Timeline& timeline) {
  return fmt::format("{} to {}", minute_of(timeline.from),
                     minute_of(begin_of(timeline, timeline.steps.size())));
}

}  // namespace

std::string offences_plot(const Timeline& timeline) {
  OffenceCounts all{};
  for (const auto& step : timeline.steps) {
    for (std::size_t i = 0; i < all.size(); ++i) all.at(i) += step.offences.at(i);
  }
  const auto svg =
      draw({timeline, 200,
            fmt::format("Offences over time, {}: {}", span_of(timeline), classes_in_words(all)),
            [](const MinedStep& step) { return parts_of(step.offences); }});
  return svg.empty() ? svg : svg + legend(parts_of(all), Counts::shown);
}

std::string messages_plot(const Timeline& timeline) {
  std::uint64_t all = 0;
  for (const auto& step : timeline.steps) all += step.messages;
  return draw({timeline, 60,
               fmt::format("Accepted messages over time, {}: {}", span_of(timeline), grouped(all)),
               [](const MinedStep& step) {
                 return std::vector<BarPart>{{"plain", "messages", step.messages}};
               }});
}

}  // namespace gatepost
