// Reads SMTP replies that come in any pieces, and keeps four bytes of them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace gatepost::bench {

class ReplyReader {
 public:
  // Takes bytes from the front, to the end of one reply at most. Its code; nothing: more is needed.
  std::optional<int> read(std::string_view& bytes) {
    while (!bytes.empty()) {
      const char byte = bytes.front();
      bytes.remove_prefix(1);
      if (byte != '\n') {
        if (column_ < start_.size()) start_[column_++] = byte;
        continue;
      }
      const bool last = column_ < start_.size() || start_[3] != '-';
      column_ = 0;
      if (last) return (start_[0] - '0') * 100 + (start_[1] - '0') * 10 + (start_[2] - '0');
    }
    return std::nullopt;
  }

 private:
  std::array<char, 4> start_{};  // of the line
  std::size_t column_ = 0;       // in it, up to four
};

}  // namespace gatepost::bench
