// Finds the end of message content in a byte stream, and everything that some other program might
// take for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatepost {

// Only CRLF "." CRLF ends content (RFC 5321 4.1.1.4, 4.5.2); the CRLF of the DATA command counts as
// the first. Content stays dot-stuffed: it is handed on byte for byte. Bytes that could still
// become part of the end, or of a bare CR, are held back. Split-invariant, allocates nothing.
class DataDecoder {
 public:
  enum class Outcome {
    need_more,  // all bytes consumed
    end,        // the end of content was consumed; nothing of the terminator is in `pass`
    bare_cr,    // CR without LF: refuse, and go on decoding only to find the end
    bare_lf,    // LF without CR
    nul,        // NUL (RFC 5321 2.3.8, 4.5.2)
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
    std::string_view held;  // content that was held back before and goes in front of `pass`
    std::string_view pass;  // content, part of `bytes`
  };

  // Stops behind the end and at each fault. After a fault nothing that follows may be forwarded,
  // but further calls still find the genuine end.
  Step decode(std::string_view bytes);

 private:
  enum class State : std::uint8_t { line_start, within_line, cr, dot, dot_cr };
  static std::string_view held_in(State state);

  State state_ = State::line_start;
};

}  // namespace gatepost
