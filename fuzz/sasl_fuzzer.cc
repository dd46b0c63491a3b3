// Lines of an AUTH exchange: a login found is the one that a plain decoder finds, and fit to log.
#include "wire/smtp/sasl.h"

#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace {

using namespace gatepost;

void require(bool holds) {
  if (!holds) std::abort();
}

// RFC 4648 4, the slow way.
std::string decoded(std::string_view base64) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : base64.substr(0, base64.find('='))) {
    const auto value =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            .find(c);
    require(value != std::string_view::npos);
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

void check_login(const std::string& login) {
  require(!login.empty() && login.size() <= 255);
  for (const char c : login) require((c >= 0x20 && c != 0x7f) || c < 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  const auto plain = login_of_plain(line);
  const auto login = login_of_login(line);
  if (!is_sasl_line(line)) {
    require(!plain && !login);
    return 0;
  }
  require(line.find_first_of(std::string_view(" \r\n\0", 4)) == line.npos);
  if (line == "*" || line.size() % 4 != 0) {
    require(!plain && !login);
    return 0;
  }
  const auto bytes = decoded(line);
  if (login) {
    check_login(*login);
    require(*login == bytes);
  }
  if (plain) {
    check_login(*plain);
    const auto parts = split(bytes, '\0');
    require(parts.size() >= 3 && parts[1] == *plain);
  }
  return 0;
}
