// Implements ops/page/page.h.
#include "ops/page/page.h"

#include <fmt/format.h>

#include <ctime>

#include "ops/page/html.h"
#include "ops/page/page_style.h"

namespace gatepost {

std::string page_head(std::string_view title, const std::vector<std::string_view>& styles) {
  auto sums = style_sum(page_style());
  for (const auto style : styles) sums += ' ' + style_sum(style);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      sums, html(title), page_style());
}

std::string tile(std::string_view title, std::string_view number, std::string_view more,
                 std::string_view css) {
  return fmt::format("<div><dt>{}</dt><dd{}>{}<small>{}</small></dd></div>\n", html(title),
                     css.empty() ? "" : fmt::format(" class=\"{}\"", css), html(number),
                     html(more));
}

std::string zone_of(WallTime time) {
  const auto seconds = static_cast<std::time_t>(epoch_milliseconds(time) / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Z", &parts)};
}

}  // namespace gatepost
