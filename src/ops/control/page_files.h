// The files of the page, which are in this program: dashboard/, and what it needs from npm.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ops/control/request.h"

namespace gatepost {

struct PageFile {
  std::string_view path;  // "index.html"
  std::string_view content;
  std::string_view packed;  // the same in gzip
  std::string_view digest;  // SHA-256 of the content, in hexadecimal
};

// In the order of their paths. cmake/page_files.cmake makes it.
std::span<const PageFile> page_files();

// "/", and all below "/dashboard/": for anybody, as there is nothing in them that is secret.
bool is_for_page(const Request& request);

// Nothing where it is not for the page. Of HEAD as of GET.
std::optional<Response> page_answer(const Request& request);

}  // namespace gatepost
