// Implements ops/page/bars.h.
#include "ops/page/bars.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/page/html.h"
#include "ops/page/words.h"

namespace gatepost {
namespace {

// Of the width: less is not seen, and what is there is to be seen.
constexpr double kLeast = 0.2;

std::string label_of(const std::vector<BarPart>& parts) {
  std::string label;
  for (const auto& part : parts) {
    if (part.count == 0) continue;
    label +=
        fmt::format("{}{} {}", label.empty() ? "" : ", ", html(part.label), grouped(part.count));
  }
  return label.empty() ? "none" : label;
}

std::vector<double> widths_of(const std::vector<BarPart>& parts, std::uint64_t whole) {
  std::vector<double> widths;
  double all = 0;
  for (const auto& part : parts) {
    const auto width = 100 * static_cast<double>(part.count) / static_cast<double>(whole);
    widths.push_back(part.count == 0 ? 0 : std::max(width, kLeast));
    all += widths.back();
  }
  if (all > 100) *std::max_element(widths.begin(), widths.end()) -= all - 100;
  return widths;
}

}  // namespace

std::string percent(double value) {
  auto text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text + '%';
}

std::string bar(const std::vector<BarPart>& parts, std::uint64_t whole) {
  const auto label = label_of(parts);
  auto text =
      fmt::format(R"(<svg class="bar" role="img" aria-label="{}"><title>{}</title>)", label, label);
  const auto widths = whole == 0 ? std::vector<double>(parts.size()) : widths_of(parts, whole);
  double x = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (widths[i] <= 0) continue;
    text += fmt::format(R"(<rect class="{}" x="{}" width="{}" height="100%"/>)", parts[i].css,
                        percent(x), percent(widths[i]));
    x += widths[i];
  }
  return text + "</svg>";
}

std::string colour_key(const BarPart& part) {
  return fmt::format(
      "<svg class=\"key\" aria-hidden=\"true\"><rect class=\"{}\" width=\"100%\" "
      "height=\"100%\"/></svg>",
      part.css);
}

std::string legend(const std::vector<BarPart>& parts, Counts counts) {
  std::string text = "<ul class=\"legend\">\n";
  for (const auto& part : parts) {
    if (part.count == 0) continue;
    text +=
        fmt::format("<li>{}{}{}</li>\n", colour_key(part), html(part.label),
                    counts == Counts::shown ? fmt::format(" <b>{}</b>", grouped(part.count)) : "");
  }
  return text + "</ul>\n";
}

}  // namespace gatepost
