// How single values are written in the file: durations, sizes, networks, mail addresses ...
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/kinds.h"

namespace gatepost::settings_table {

Codec<Duration> duration(Duration min, Duration max);
// "1 in 1d", "none".
Codec<std::optional<Duration>> one_in(Duration min, Duration max);
Codec<std::uint64_t> size(std::uint64_t bytes_min, std::uint64_t bytes_max);
Codec<double> number(double min, double max);  // whole or with a fraction, finite
Codec<bool> flag();
Codec<Network> network();
Codec<NetworkOrDomain> network_or_domain();
Codec<Endpoint> endpoint();
Codec<Endpoint> name_server();
Codec<Backend> backend();

// Texts, each in the form that the program compares: domains and mail addresses in lower case, as
// A-labels, without a last dot.
Codec<std::string> host_name();
Codec<std::string> domain();
Codec<std::string> relay_domain();  // a domain, or "*"
Codec<std::string> path(std::size_t length_min, std::size_t length_max);
Codec<std::string> reply_words();  // may stand in an SMTP reply; may be empty
Codec<std::string> tag_separators();
Codec<std::string> trap_pattern();
Codec<std::string> mail_address();
Codec<std::string> correspondent();  // a mail address or a domain
Codec<std::string> local_or_address();

// As TOML, on one line.
std::string quoted(std::string_view text);

// Text from the file as it is repeated in a message: escaped, cut, in quotes.
std::string repeated(std::string_view text);

template <typename Integer>
Codec<Integer> count(Integer min, Integer max) {
  const auto parse = [=](const toml::node& node) -> Result<Integer> {
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return Error{found(node)};
    if (*value < std::int64_t{min} || *value > std::int64_t{max}) {
      return Error{fmt::format("{} is out of range", *value)};
    }
    return static_cast<Integer>(*value);
  };
  return {"count", fmt::format("a whole number from {} to {}", min, max), parse,
          [](const Integer& value) { return std::to_string(value); }};
}

// "a", "b" or "c".
std::string one_of(const std::vector<std::string>& words);

template <typename T>
struct Word {
  std::string text;
  T value;
};

template <typename T>
Codec<T> word(std::vector<Word<T>> words) {
  std::vector<std::string> texts;
  for (const auto& word : words) texts.push_back(word.text);
  const auto parse = [=](const toml::node& node) -> Result<T> {
    const auto text = node.value_exact<std::string_view>();
    if (!text) return Error{found(node)};
    for (const auto& word : words) {
      if (word.text == *text) return word.value;
    }
    return Error{repeated(*text) + " is unknown"};
  };
  const auto show = [=](const T& value) {
    for (const auto& word : words) {
      if (word.value == value) return quoted(word.text);
    }
    return std::string();
  };
  return {"word", one_of(texts), parse, show};
}

}  // namespace gatepost::settings_table
