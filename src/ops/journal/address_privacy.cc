// Implements ops/journal/address_privacy.h.
#include "ops/journal/address_privacy.h"

namespace gatepost {
namespace {

using Addresses = JournalSettings::Addresses;

constexpr std::string_view kBetweenAddresses = " \t<>()[],;:\"";

// Where the local part that ends before `at` begins; it may be a quoted string (RFC 5321 4.1.2).
std::size_t local_part_begin(std::string_view text, std::size_t at) {
  if (at > 0 && text[at - 1] == '"') {
    for (std::size_t i = at - 1; i-- > 0;) {
      if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) return i;
    }
  }
  const auto before =
      at == 0 ? std::string_view::npos : text.find_last_of(kBetweenAddresses, at - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}

}  // namespace

std::string shown_address(std::string_view address, Addresses addresses) {
  if (addresses == Addresses::full || address.empty()) return std::string(address);
  const auto at = address.rfind('@');
  if (addresses == Addresses::none || at == std::string_view::npos) return "*";
  return '*' + std::string(address.substr(at));
}

std::string shown_text(std::string_view text, Addresses addresses) {
  if (addresses == Addresses::full) return std::string(text);
  std::string shown;
  for (;;) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) return shown.append(text);
    const auto begin = local_part_begin(text, at);
    const auto end = std::min(text.find_first_of(kBetweenAddresses, at), text.size());
    shown.append(text.substr(0, begin));
    shown += shown_address(text.substr(begin, end - begin), addresses);
    text.remove_prefix(end);
  }
}

}  // namespace gatepost
