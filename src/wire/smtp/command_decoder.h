// Cuts a client's bytes into SMTP command lines; a line that is not clean is never handed on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost {

// Split-invariant: the same bytes in any chunks give the same outcomes. Keeps no more than the line
// under way, and of that no more than its limit.
class CommandDecoder {
 public:
  // Without CRLF. RFC 5321 4.5.3.1.4 asks for 512 and extensions add to it; Postfix takes 2048.
  static constexpr std::size_t kLineLengthMax = 2046;
  // Without CRLF, of the responses of an AUTH exchange, and of AUTH itself, which may hold the
  // first (RFC 4954 4).
  static constexpr std::size_t kAuthLineLengthMax = 12'288;
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

  // So long may lines be from here on, without CRLF, at most kAuthLineLengthMax. A line that begins
  // with "AUTH " may have that length whatever the limit is.
  void limit(std::size_t line_length_max);

 private:
  bool fits(std::string_view part) const;
  void keep(std::string_view part);
  void forget();
  Outcome judge(std::string_view whole_line) const;

  std::size_t line_length_max_ = kLineLengthMax;
  std::string partial_;        // of a line that came in pieces
  bool handed_on_ = false;     // what is in partial_ is a line that the caller may still be reading
  std::size_t swallowed_ = 0;  // of an over-long line; 0: not swallowing
};

}  // namespace gatepost
