// Implements model/smtp_reply.h.
#include "model/smtp_reply.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace gatepost {
namespace {

constexpr std::size_t kLineLengthMax = 510;  // RFC 5321 4.5.3.1.5, without CRLF

char printable(char c) { return c >= 0x20 && c < 0x7f ? c : '?'; }

}  // namespace

void SmtpReply::append_wire(std::string& out) const {
  assert(code >= 200 && code < 600);
  assert(enhanced.empty() || enhanced.front() == static_cast<char>('0' + code / 100));
  const std::array digits{static_cast<char>('0' + code / 100),
                          static_cast<char>('0' + code / 10 % 10),
                          static_cast<char>('0' + code % 10)};
  std::string_view rest = text;
  for (bool more = true; more;) {
    const auto end = rest.find('\n');
    more = end != std::string_view::npos;
    const auto begin = out.size();
    out.append(digits.data(), digits.size());
    out += more ? '-' : ' ';
    if (!enhanced.empty()) (out += enhanced) += ' ';
    const auto room = kLineLengthMax - std::min(out.size() - begin, kLineLengthMax);
    const auto words = rest.substr(0, std::min(end, room));
    const auto at = static_cast<std::ptrdiff_t>(out.size());
    out += words;
    std::transform(out.begin() + at, out.end(), out.begin() + at, printable);
    out.resize(std::min(out.size(), begin + kLineLengthMax));
    out += "\r\n";
    if (more) rest.remove_prefix(end + 1);
  }
}

std::string SmtpReply::wire() const {
  constexpr std::size_t kAroundOneLine = 6;
  std::string out;
  out.reserve(kAroundOneLine + enhanced.size() + 1 + std::min(text.size(), kLineLengthMax));
  append_wire(out);
  return out;
}

}  // namespace gatepost
