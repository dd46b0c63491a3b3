// How the page looks.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// What stands between <style> and </style>.
std::string_view page_style();

// The same as a Content-Security-Policy names it: "'sha256-…'".
std::string page_style_hash();

}  // namespace gatepost
