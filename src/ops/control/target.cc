// Implements ops/control/target.h.
#include "ops/control/target.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace gatepost {
namespace {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned byte = 0;
    if (text.size() < 3) return std::nullopt;
    const auto [stop, problem] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (problem != std::errc{} || stop != text.data() + 3 || byte == 0) return std::nullopt;
    decoded += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return decoded;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<Target> Target::parse(std::string_view text) {
  const auto question = text.find('?');
  const auto path = text.substr(0, question);
  if (path.empty() || path.front() != '/') return std::nullopt;
  Target target;
  for (const auto segment : split(path.substr(1), '/')) {
    auto decoded = percent_decode(segment);
    if (!decoded) return std::nullopt;
    target.path.push_back(std::move(*decoded));
  }
  if (question == std::string_view::npos) return target;
  for (const auto pair : split(text.substr(question + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals));
    auto value = percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    target.query[*name] = std::move(*value);
  }
  return target;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace gatepost
