// Implements wire/smtp/sasl.h.
#include "wire/smtp/sasl.h"

#include <algorithm>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace gatepost {
namespace {

namespace iterators = boost::archive::iterators;
using Base64Bytes =
    iterators::transform_width<iterators::binary_from_base64<const char*>, 8, 6, char>;

constexpr std::size_t kLoginLengthMax = 255;

bool is_base64(std::string_view text) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

// Decodes byte by byte, no further than asked. Of whole base64 only: Boost's iterators throw at
// another character and read over the end of half a group.
class Base64Reader {
 public:
  explicit Base64Reader(std::string_view base64) : bytes_(base64.data()) {
    if (base64.size() % 4 != 0 || !is_base64(base64)) return;
    const auto padding = base64.size() - (base64.find_last_not_of('=') + 1);
    left_ = base64.size() / 4 * 3 - padding;
  }

  std::size_t left() const { return left_; }

  char next() {
    --left_;
    const char byte = *bytes_;
    ++bytes_;
    return byte;
  }

 private:
  Base64Bytes bytes_;
  std::size_t left_ = 0;
};

// What comes next up to a NUL or to the end, where it is a login; a NUL must or must not be behind.
std::optional<std::string> read_login(Base64Reader& reader, bool nul_behind) {
  std::string login;
  bool nul = false;
  while (reader.left() > 0) {
    const char c = reader.next();
    const auto byte = static_cast<unsigned char>(c);
    nul = byte == 0;
    if (nul) break;
    if (byte < 0x20 || byte == 0x7f || login.size() == kLoginLengthMax) return std::nullopt;
    login += c;
  }
  if (login.empty() || nul != nul_behind) return std::nullopt;
  return login;
}

}  // namespace

bool is_sasl_line(std::string_view line) { return line == "*" || is_base64(line); }

std::optional<std::string> login_of_plain(std::string_view base64) {
  Base64Reader reader(base64);
  while (reader.left() > 0 && reader.next() != '\0') {  // in whose name: not who logs in
  }
  return read_login(reader, true);
}

std::optional<std::string> login_of_login(std::string_view base64) {
  Base64Reader reader(base64);
  return read_login(reader, false);
}

}  // namespace gatepost
