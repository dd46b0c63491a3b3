// How the page looks.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// What stands between <style> and </style>.
std::string_view page_style();

// The same for each figure(), which holds it: it looks alike in the page and cut out of it.
std::string_view figure_style();

// What a Content-Security-Policy calls what stands there: "'sha256-…'".
std::string style_sum(std::string_view style);

}  // namespace gatepost
