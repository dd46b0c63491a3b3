// The frame of a page that needs nothing else: no scripts, no references.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/instant.h"

namespace gatepost {

// All until <body>. `styles`: of <style> elements that stand within the body, which a browser obeys
// for it knows them by their sums.
std::string page_head(std::string_view title, const std::vector<std::string_view>& styles = {});

// A number that is worth to be seen first, for a <dl class="tiles">; `css`: "good", "bad".
std::string tile(std::string_view title, std::string_view number, std::string_view more,
                 std::string_view css = {});

std::string zone_of(WallTime time);  // "CEST"

}  // namespace gatepost
