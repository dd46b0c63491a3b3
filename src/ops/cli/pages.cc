// Implements ops/cli/pages.h.
#include "ops/cli/pages.h"

#include <utility>

#include "base/text.h"

namespace gatepost {

std::string header_of(const Response& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (equals_ignoring_case(name, wanted)) return value;
  }
  return {};
}

std::string next_of(const Response& response) {
  const auto link = header_of(response, "Link");
  const auto end = link.find('>');
  return link.starts_with('<') && end != std::string::npos ? link.substr(1, end - 1)
                                                           : std::string();
}

int take_pages(std::string target, Console& console, const Ask& ask,
               const std::function<bool(const std::string& body)>& take) {
  for (std::string last; !target.empty() && target != last;) {
    const auto page = ask({"GET", target, {}});
    if (!page || !page->ok()) return complain(page, console);
    if (!take(page->body)) break;
    last = std::exchange(target, next_of(*page));
  }
  return kExitDone;
}

}  // namespace gatepost
