// Implements ops/page/figure.h.
#include "ops/page/figure.h"

#include <fmt/format.h>

#include "ops/page/html.h"
#include "ops/page/page_style.h"

namespace gatepost {
namespace {

constexpr std::size_t kDescriptionMost = 2'000;

}  // namespace

std::string figure(const Figure& figure, std::string_view content) {
  return fmt::format(
      "<div class=\"scroll\">\n"
      "<svg id=\"{0}\" class=\"figure\" role=\"img\" aria-labelledby=\"{0}-title {0}-desc\" "
      "width=\"{1}\" height=\"{2}\" viewBox=\"0 0 {1} {2}\">\n"
      "<title id=\"{0}-title\">{3}</title>\n<desc id=\"{0}-desc\">{4}</desc>\n"
      "<style>{5}</style>\n"
      "<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n{6}</svg>\n</div>\n",
      figure.id, figure.width, figure.height, html(figure.title),
      html(figure.description, kDescriptionMost), figure_style(), content);
}

std::string svg_text(double x, double y, std::string_view css, std::string_view words) {
  return fmt::format("<text{} x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                     css.empty() ? "" : fmt::format(" class=\"{}\"", css), x, y, words);
}

std::string svg_bar(double x, double y, double width, double height, std::string_view css) {
  if (width <= 0 || height <= 0) return {};
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", css, x,
      y, width, height);
}

std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", css, x1, y1,
      x2, y2);
}

std::string svg_dot(double x, double y, double radius, std::string_view css) {
  return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>\n", css, x, y,
                     radius);
}

}  // namespace gatepost
