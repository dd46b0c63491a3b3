// Walks along a line from its beginning: nothing is ever searched for in what a client wrote.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/duration.h"
#include "model/address.h"

namespace gatepost {

// What a byte may be part of.
struct LogLetters {
  static constexpr std::uint8_t kDigit = 1;
  static constexpr std::uint8_t kQueueId = 2;
  static constexpr std::uint8_t kHost = 4;
  static constexpr std::uint8_t kProgram = 8;

  static constexpr std::array<std::uint8_t, 256> table() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
      const bool is_digit = c >= '0' && c <= '9';
      const bool is_id = is_digit || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      const bool is_host = is_id || c == '.' || c == '-' || c == '_';
      classes[c] =
          static_cast<std::uint8_t>((is_digit ? kDigit : 0) | (is_id ? kQueueId : 0) |
                                    (is_host ? kHost : 0) | (is_host || c == '/' ? kProgram : 0));
    }
    return classes;
  }
};
inline constexpr auto kLogLetters = LogLetters::table();
inline bool is_log_letter(char c, std::uint8_t which) {
  return (kLogLetters[static_cast<unsigned char>(c)] & which) != 0;
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_queue_id_letter(char c) { return is_log_letter(c, LogLetters::kQueueId); }
// Of names in the DNS, and what stands for them.
inline bool is_host_letter(char c) { return is_log_letter(c, LogLetters::kHost); }
inline bool is_program_letter(char c) { return is_log_letter(c, LogLetters::kProgram); }

class LogCursor {
 public:
  explicit LogCursor(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }

  // Each takes what it names from the front, or nothing and says so.
  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  void skip(std::size_t count) { rest_.remove_prefix(count); }  // no more than there is
  // Up to this, which is taken too; at most `length_max` bytes.
  std::optional<std::string_view> take_until(std::string_view end, std::size_t length_max = 1024);
  template <typename IsOne>
  std::string_view take_letters(const IsOne& is_one) {
    std::size_t count = 0;
    while (count < rest_.size() && is_one(rest_[count])) ++count;
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::optional<std::uint32_t> take_number();  // decimal
  // The digits behind the point of a number of seconds; nothing where there is none.
  std::optional<Duration> take_fraction();
  // "[192.0.2.1]", "[2001:db8::1]", "[IPv6:2001:db8::1]".
  std::optional<Address> take_address();
  std::optional<Address> take_bare_address();  // "192.0.2.1", "2001:db8::1"
  // "mx.example.net[192.0.2.1]:4711": name and port may be missing.
  struct Host {
    std::string_view name;  // empty: none that is known to lead back
    Address address;
  };
  std::optional<Host> take_host();

 private:
  std::string_view rest_;
};

}  // namespace gatepost
