// A codec for what stands in the file as a text, and the questions that several such codecs ask.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "settings/kinds.h"

namespace gatepost::settings_table {

template <typename T>
Codec<T> from_text(std::string name, std::string expected,
                   std::function<Result<T>(std::string_view)> parse,
                   std::function<std::string(const T&)> show) {
  const auto parse_node = [parse = std::move(parse)](const toml::node& node) -> Result<T> {
    const auto text = node.value_exact<std::string_view>();
    if (!text) return Error{found(node)};
    return parse(*text);
  };
  return {std::move(name), std::move(expected), parse_node, std::move(show)};
}

// Letters, digits, hyphens, underscores and what is not ASCII, in labels of 1 to 63 bytes, 253 in
// all; the last one not all digits, so that no address passes for a name.
bool is_domain(std::string_view text);

// The domain as names are compared: lower case, as A-labels (RFC 5890), without a last dot. Nothing
// where it is none, or cannot be written so.
std::optional<std::string> domain_key(std::string_view text);

// The whole mail address LOCAL@DOMAIN in the form that is compared. Nothing where it is none.
std::optional<std::string> address_key(std::string_view text);

// No control characters, which no sane path has and every log suffers from.
bool is_path(std::string_view text);

// One entry of the traps, in the form that is compared: a mail address in which '*' stands for any
// run.
Result<std::string> parse_trap_pattern(std::string_view text);

}  // namespace gatepost::settings_table
