// Plots as inline SVG of a fixed size, each complete in itself: cut out of the page it is a file.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

struct Figure {
  std::string_view id;      // of the element
  std::string title;        // for readers who do not see it, as text
  std::string description;  // what it shows, in sentences
  double width = 0;
  double height = 0;
};

// `content` is SVG. Its page's head has to name figure_style().
std::string figure(const Figure& figure, std::string_view content);

// Elements of it; `css` are classes of figure_style(). `words` are HTML.
std::string svg_text(double x, double y, std::string_view css, std::string_view words);
std::string svg_bar(double x, double y, double width, double height, std::string_view css);
std::string svg_line(double x1, double y1, double x2, double y2, std::string_view css);
std::string svg_dot(double x, double y, double radius, std::string_view css);

}  // namespace gatepost
