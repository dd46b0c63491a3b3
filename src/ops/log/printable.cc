// Implements ops/log/printable.h.
#include "ops/log/printable.h"

#include <fmt/format.h>

namespace gatepost {

std::string printable(std::string_view sentence) {
  std::string line;
  for (const char c : sentence.substr(0, 1'000)) {
    if (c >= 0x20 && c < 0x7f) {
      line += c;
    } else {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return line;
}

}  // namespace gatepost
