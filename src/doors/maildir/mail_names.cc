// Implements doors/maildir/mail_names.h.
#include "doors/maildir/mail_names.h"

#include <algorithm>

#include "base/text.h"
#include "doors/follow/log_place.h"

namespace gatepost {
namespace {

// As mail programs call them, in lower case.
constexpr std::string_view kTrash[] = {"trash",
                                       "trash bin",
                                       "bin",
                                       "recycle bin",
                                       "wastebasket",
                                       "deleted",
                                       "deleted items",
                                       "deleted messages",
                                       "papierkorb",
                                       "gel&apy-schte objekte",
                                       "gel&apy-schte elemente",
                                       "corbeille",
                                       "&amk-l&aok-ments supprim&aok-s",
                                       "papelera",
                                       "cestino",
                                       "lixeira",
                                       "prullenbak",
                                       "kosz"};
constexpr std::string_view kJunk[] = {"junk",      "junk e-mail", "junk mail",   "spam",
                                      "bulk mail", "quarantine",  "junk-e-mail", "virus"};

// "/Work/2024" of ".Work.2024" and "Work/2024".
std::string path_of(std::string_view folder) {
  std::string path = to_lower(folder);
  if (path.starts_with('.')) {
    std::replace(path.begin(), path.end(), '.', '/');
  } else {
    path.insert(path.begin(), '/');
  }
  return path;
}

bool is_at_or_below(std::string_view path, std::string_view name) {
  return path.size() > name.size() && path.substr(1, name.size()) == name &&
         (path.size() == name.size() + 1 || path[name.size() + 1] == '/');
}

}  // namespace

std::uint64_t sum_of_name(std::string_view file) {
  return Fingerprint::of(file.substr(0, file.find_first_of(":,"))).sum;
}

bool is_deleted(std::string_view file) {
  const auto flags = file.rfind(":2,");
  if (flags == std::string_view::npos) return false;
  const auto text = file.substr(flags + 3);
  return text.substr(0, text.find(',')).find('T') != std::string_view::npos;
}

FolderKind kind_of(std::string_view folder, const std::vector<std::string>& junk) {
  if (folder.empty()) return FolderKind::mail;
  const auto path = path_of(folder);
  for (const auto& name : junk) {
    const auto wanted = path_of(name);
    if (path == wanted) return FolderKind::junk;
    if (is_at_or_below(path, wanted.substr(1))) return FolderKind::other;
  }
  const auto fits = [&](std::string_view name) { return is_at_or_below(path, name); };
  // Many servers put all folders below the inbox.
  const auto in_inbox = [&](std::string_view name) {
    return path.starts_with("/inbox/") && is_at_or_below(std::string_view(path).substr(6), name);
  };
  for (const auto& names : {std::pair{std::begin(kTrash), std::end(kTrash)},
                            std::pair{std::begin(kJunk), std::end(kJunk)}}) {
    if (std::any_of(names.first, names.second, fits) ||
        std::any_of(names.first, names.second, in_inbox))
      return FolderKind::other;
  }
  return FolderKind::mail;
}

std::vector<std::string> places_of(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  std::string dotted = "." + std::string(name);
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  return {dotted, std::string(name)};
}

}  // namespace gatepost
