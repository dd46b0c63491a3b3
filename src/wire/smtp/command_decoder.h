// Cuts a client's bytes into SMTP command lines; a line that is not clean is never handed on.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace gatepost {

// Split-invariant: the same bytes in any chunks give the same outcomes. Allocates nothing.
class CommandDecoder {
 public:
  // Without CRLF. RFC 5321 4.5.3.1.4 asks for 512 and extensions add to it; Postfix takes 2048.
  static constexpr std::size_t kLineLengthMax = 2046;
  // Bytes of one over-long line that are swallowed before it is a flood.
  static constexpr std::size_t kSwallowMax = 64 * 1024;

  enum class Outcome {
    need_more,  // all bytes consumed, no line yet
    line,       // a clean line
    too_long,   // a line over the limit ended and was swallowed
    flood,      // a line without end; give up on the client. Every later call gives it again
    bare_cr,    // the line ended, and held a CR that no LF follows
    bare_lf,    // the line ended in LF without CR
    nul,        // the line ended, and held a NUL
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
    std::string_view
        line;  // without CRLF; points into `bytes` or into the decoder, until the next call
  };

  // Consumes up to the end of the first line in `bytes`.
  Step decode(std::string_view bytes);

 private:
  Outcome judge(std::string_view whole_line) const;

  std::array<char, kLineLengthMax + 2> partial_;
  std::size_t partial_length_ = 0;
  std::size_t swallowed_ = 0;  // of an over-long line; 0: not swallowing
};

}  // namespace gatepost
