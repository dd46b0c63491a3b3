// Implements model/smtp_reply.h.
#include "model/smtp_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kLineLengthMax = 510;  // RFC 5321 4.5.3.1.5, without CRLF

}  // namespace

std::string SmtpReply::wire() const {
  assert(code >= 200 && code < 600);
  assert(enhanced.empty() || enhanced.front() == static_cast<char>('0' + code / 100));
  std::string out;
  const auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = fmt::format("{}{}", code, i + 1 < lines.size() ? '-' : ' ');
    if (!enhanced.empty()) line += enhanced + ' ';
    for (const char c : lines[i]) line += c >= 0x20 && c < 0x7f ? c : '?';
    line.resize(std::min(line.size(), kLineLengthMax));
    out += line + "\r\n";
  }
  return out;
}

}  // namespace gatepost
