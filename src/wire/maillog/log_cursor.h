// Walks along a line from its beginning: nothing is ever searched for in what a client wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/duration.h"
#include "model/address.h"

namespace gatepost {

class LogCursor {
 public:
  explicit LogCursor(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }

  // Each takes what it names from the front, or nothing and says so.
  bool take(std::string_view literal);
  // Up to this, which is taken too; at most `length_max` bytes.
  std::optional<std::string_view> take_until(std::string_view end, std::size_t length_max = 1024);
  std::string_view take_letters(bool (*is_one)(char));
  std::optional<std::uint32_t> take_number();  // decimal
  // The digits behind the point of a number of seconds; nothing where there is none.
  std::optional<Duration> take_fraction();
  // "[192.0.2.1]", "[2001:db8::1]", "[IPv6:2001:db8::1]".
  std::optional<Address> take_address();
  // "mx.example.net[192.0.2.1]:4711": name and port may be missing.
  struct Host {
    std::string_view name;  // empty: none that is known to lead back
    Address address;
  };
  std::optional<Host> take_host();

 private:
  std::string_view rest_;
};

bool is_digit(char c);
bool is_host_letter(char c);  // of names in the DNS, and what stands for them
bool is_queue_id_letter(char c);
bool is_program_letter(char c);  // of names of programs

}  // namespace gatepost
