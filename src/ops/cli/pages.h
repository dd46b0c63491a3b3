// An answer in pages, each of which names the next in a Link header (RFC 8288).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ops/cli/gate_link.h"

namespace gatepost {

std::string header_of(const Response& response, std::string_view wanted);

// What stands in the brackets of "</v1/…>; rel=\"next\""; empty where there is no next page.
std::string next_of(const Response& response);

// Gives the body of each page to `take`, which returns false to end. Every page must lead on: a
// gate that sends us in a circle is left. Says on console.err what went wrong, and returns the exit
// status.
int take_pages(std::string target, Console& console, const Ask& ask,
               const std::function<bool(const std::string& body)>& take);

}  // namespace gatepost
