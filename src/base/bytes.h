// Reads and writes integers and short strings in byte strings, and compares such. Integers of a
// fixed width are big-endian.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace gatepost {

// Appends to a string that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <typename Integer>
  void integer(Integer value) {
    using Bits = std::make_unsigned_t<Integer>;
    const auto bits = static_cast<Bits>(value);
    for (int shift = static_cast<int>(sizeof(Bits)) * 8 - 8; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<char>(static_cast<std::uint64_t>(bits) >> shift));
    }
  }

  // Seven bits a byte, the lowest first; the highest bit says that more follow.
  void varint(std::uint64_t value) {
    for (; value > 0x7f; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }

  // A 16-bit length, then the bytes; longer text is cut at 65,535.
  void text(std::string_view bytes) {
    bytes = bytes.substr(0, 65'535);
    integer(static_cast<std::uint16_t>(bytes.size()));
    out_.append(bytes);
  }

 private:
  std::string& out_;
};

// Reads from bytes that it does not own. After the first read past the end every read gives zero or
// empty and failed() stays true: check once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename Integer>
  Integer integer() {
    const auto bytes = take(sizeof(Integer));
    std::uint64_t bits = 0;
    for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
    return static_cast<Integer>(bits);
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = integer<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte <= 0x7f) return value;
    }
    failed_ = true;  // longer than any is written
    return 0;
  }

  std::string_view text() { return take(integer<std::uint16_t>()); }

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const auto bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// In the order of std::memcmp, but without the call: for trees, which do little else.
inline std::strong_ordering compare_bytes(const std::array<std::uint8_t, 16>& a,
                                          const std::array<std::uint8_t, 16>& b) {
  const auto half = [](const std::uint8_t* at) {  // written out, it is one load
    const auto byte = [=](int i) { return std::uint64_t{at[i]} << (56 - 8 * i); };
    return byte(0) | byte(1) | byte(2) | byte(3) | byte(4) | byte(5) | byte(6) | byte(7);
  };
  const auto upper = half(a.data()) <=> half(b.data());
  return std::is_neq(upper) ? upper : half(a.data() + 8) <=> half(b.data() + 8);
}

}  // namespace gatepost
