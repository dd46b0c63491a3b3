// Implements checks/botnet/name_part.h.
#include "checks/botnet/name_part.h"

#include <libpsl.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace gatepost {
namespace {

// No registry's suffix has more labels, and so none of a hostile name needs be looked at.
constexpr std::size_t kSuffixLabelsMax = 4;

// Whose registries have no suffix below them: most names end in these, and looking is dear.
bool is_plain_registry(std::string_view label) {
  constexpr std::array<std::string_view, 6> kPlain{"com", "net", "org", "info", "biz", "edu"};
  return std::find(kPlain.begin(), kPlain.end(), label) != kPlain.end();
}

bool is_public_suffix(const char* domain) {
  return psl_is_public_suffix2(psl_builtin(), domain, PSL_TYPE_ICANN) != 0;
}

}  // namespace

std::string_view before_two_labels(std::string_view name) {
  // A dot with something behind it, and before that another with something between them.
  if (name.size() < 2) return {};
  const auto last = name.rfind('.', name.size() - 2);
  if (last == std::string_view::npos || last < 2) return {};
  const auto second_last = name.rfind('.', last - 2);
  if (second_last == std::string_view::npos) return {};
  return name.substr(0, second_last);
}

std::string_view before_registered_domain(const std::string& name) {
  // Where the last labels begin, the last one first.
  std::array<std::size_t, kSuffixLabelsMax + 1> begins{};
  std::size_t labels = 0;
  for (auto end = name.size(); labels < begins.size();) {
    const auto dot = end == 0 ? std::string::npos : name.rfind('.', end - 1);
    begins.at(labels++) = dot == std::string::npos ? 0 : dot + 1;
    if (dot == std::string::npos) break;
    end = dot;
  }
  // The longest suffix counts, and one label more is registered.
  const bool plain = is_plain_registry(std::string_view(name).substr(begins.front()));
  auto suffix = plain ? 1 : std::min(labels, kSuffixLabelsMax);
  while (suffix > 1 && !is_public_suffix(name.c_str() + begins.at(suffix - 1))) --suffix;
  if (suffix >= labels || begins.at(suffix) == 0) return {};
  return std::string_view(name).substr(0, begins.at(suffix) - 1);
}

}  // namespace gatepost
