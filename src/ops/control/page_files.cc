// Implements ops/control/page_files.h, but for the table.
#include "ops/control/page_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::string_view kFolder = "/dashboard/";

std::string_view type_of(std::string_view path) {
  const auto ending = path.substr(path.rfind('.') + 1);
  if (ending == "html") return "text/html; charset=utf-8";
  if (ending == "css") return "text/css; charset=utf-8";
  if (ending == "js") return "text/javascript; charset=utf-8";
  if (ending == "svg") return "image/svg+xml";
  return "application/octet-stream";
}

// Whether the list names it, unless with "q=0" (RFC 9110 12.5.3).
bool takes_gzip(const Request& request) {
  for (const auto part : split(request.header("accept-encoding"), ',')) {
    const auto semicolon = part.find(';');
    if (!equals_ignoring_case(trim(part.substr(0, semicolon)), "gzip")) continue;
    const auto weight = semicolon == part.npos ? "" : trim(part.substr(semicolon + 1));
    return weight.find_first_of("123456789") != weight.npos || weight.empty();
  }
  return false;
}

Response answer_of(const PageFile& file, const Request& request) {
  const auto tag = fmt::format("\"{}\"", file.digest.substr(0, 32));
  Response response{200, std::string(type_of(file.path)), {}, {}};
  // It is asked for each time, and sent only where it is another one.
  response.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}};
  if (request.header("if-none-match").find(tag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  const bool packed = takes_gzip(request);
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = packed ? file.packed : file.content;
  return response;
}

}  // namespace

bool is_for_page(const Request& request) {
  const auto path = path_of(request);
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  return is_read && (path == "/" || path.starts_with(kFolder));
}

std::optional<Response> page_answer(const Request& request) {
  if (!is_for_page(request)) return std::nullopt;
  const auto path = path_of(request);
  const auto name = path == "/" ? "index.html" : path.substr(kFolder.size());
  const auto files = page_files();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [=](const PageFile& one) { return one.path == name; });
  if (file == files.end()) return problem(404, "the page has no such file");
  return answer_of(*file, request);
}

}  // namespace gatepost
