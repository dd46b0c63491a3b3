// Implements doors/maildir/maildir_patterns.h.
#include "doors/maildir/maildir_patterns.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

// So that a pattern for all users' names does not walk for ever.
constexpr std::size_t kNamesMax = 100'000;

bool is_maildir(const std::string& path) {
  std::error_code unknown;
  return fs::is_directory(fs::symlink_status(path, unknown)) &&
         fs::is_directory(path + "/cur", unknown);
}

// Names are written into a line of a file, and into alarms.
bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

std::vector<std::string> names_in(const std::string& folder, std::string_view pattern,
                                  std::string& trouble) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (name.starts_with('.') != pattern.starts_with('.') || !is_plain(name)) continue;
    if (matches_glob(pattern, name) && names.size() < kNamesMax) names.push_back(std::move(name));
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory && trouble.empty())
    trouble = fmt::format("{}: {}", escape(folder), error.message());
  return names;
}

}  // namespace

FoundMaildirs find_maildirs(const std::string& pattern, std::size_t max) {
  FoundMaildirs found;
  if (pattern.find('*') == std::string::npos) {
    found.has_more = max == 0;
    if (max > 0) found.paths.push_back(pattern);
    return found;
  }
  std::vector<std::string> paths{""};
  for (const auto part : split(pattern, '/')) {
    if (part.empty()) continue;
    std::vector<std::string> next;
    for (const auto& path : paths) {
      if (part.find('*') == std::string_view::npos) {
        next.push_back(fmt::format("{}/{}", path, part));
        continue;
      }
      for (const auto& name : names_in(path.empty() ? "/" : path, part, found.trouble)) {
        if (next.size() < kNamesMax) next.push_back(fmt::format("{}/{}", path, name));
      }
    }
    paths = std::move(next);
  }
  std::erase_if(paths, [](const std::string& path) { return !is_maildir(path); });
  std::sort(paths.begin(), paths.end());
  found.has_more = paths.size() > max;
  if (found.has_more) paths.resize(max);
  found.paths = std::move(paths);
  return found;
}

}  // namespace gatepost
