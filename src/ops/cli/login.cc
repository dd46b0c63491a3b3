// Implements ops/cli/login.h.
#include "ops/cli/login.h"

#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace gatepost {
namespace {

std::optional<Address> first_word_of(const char* variable) {
  const char* const value = std::getenv(variable);
  if (!value) return std::nullopt;
  const std::string_view text(value);
  return Address::parse(text.substr(0, text.find(' ')));
}

// As it stands in the entry, in network order: an IPv4 address is in the first word alone.
std::optional<Address> address_in(const utmpx& entry) {
  std::array<std::uint8_t, 16> bytes{};
  static_assert(sizeof entry.ut_addr_v6 == sizeof bytes);
  std::memcpy(bytes.data(), &entry.ut_addr_v6, sizeof bytes);
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  if (std::all_of(bytes.begin(), bytes.end(), is_zero)) return std::nullopt;
  if (!std::all_of(bytes.begin() + 4, bytes.end(), is_zero)) return Address::from_bytes(bytes);
  return Address::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                     std::uint32_t{bytes[2]} << 8 | bytes[3]);
}

}  // namespace

std::optional<Address> login_address_of_terminal(const std::string& line) {
  utmpx wanted{};
  if (line.empty() || line.size() > sizeof wanted.ut_line) return std::nullopt;
  std::copy(line.begin(), line.end(), wanted.ut_line);
  setutxent();
  const utmpx* const found = getutxline(&wanted);
  std::optional<Address> address;
  if (found) {
    const std::string_view host(found->ut_host, strnlen(found->ut_host, sizeof found->ut_host));
    address = Address::parse(host);
    if (!address) address = address_in(*found);
  }
  endutxent();
  return address;
}

std::optional<Address> login_address() {
  for (const char* const variable : {"SSH_CONNECTION", "SSH_CLIENT"}) {
    if (const auto address = first_word_of(variable)) return address;
  }
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const char* const name = ttyname(stream);
    if (!name) continue;
    std::string_view line(name);
    constexpr std::string_view kDev = "/dev/";
    if (line.starts_with(kDev)) line.remove_prefix(kDev.size());
    return login_address_of_terminal(std::string(line));
  }
  return std::nullopt;
}

}  // namespace gatepost
