// Implements ops/control/excepted_text.h.
#include "ops/control/excepted_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "settings/from_text.h"

namespace gatepost {
namespace {

Result<Excepted> parse_domain(std::string_view text) {
  auto key = settings_table::domain_key(text);
  if (key && key->find('.') != std::string::npos) return Excepted(ExceptedDomain{*std::move(key)});
  return Error{
      fmt::format("domain: expected a domain of two labels or more such as \"lists.example.org\", "
                  "which covers those below it, not \"{}\"",
                  escape(text, 60))};
}

Result<Excepted> parse_recipient(std::string_view text) {
  auto key = settings_table::address_key(text);
  if (key && key->size() <= kExceptedTextMax) return Excepted(ExceptedRecipient{*std::move(key)});
  return Error{
      fmt::format("recipient: expected a whole mail address such as \"help@example.org\", of at "
                  "most {} bytes, not \"{}\"",
                  kExceptedTextMax, escape(text, 60))};
}

}  // namespace

std::string_view kind_by_look(std::string_view text) {
  if (text.find('@') != std::string_view::npos) return "recipient";
  const bool network = text.find_first_of(":/") != std::string_view::npos ||
                       text.find_first_not_of("0123456789.") == std::string_view::npos;
  return network ? "network" : "domain";
}

Result<Excepted> parse_excepted(std::string_view kind, std::string_view text) {
  if (kind == "domain") return parse_domain(text);
  if (kind == "recipient") return parse_recipient(text);
  if (const auto network = Network::parse(text)) return Excepted(*network);
  return Error{
      fmt::format("network: expected an address or a block such as 192.0.2.0/24, with no bit "
                  "set behind its prefix, not \"{}\"",
                  escape(text, 60))};
}

}  // namespace gatepost
