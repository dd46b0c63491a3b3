// Takes the messages out of an mbox file (RFC 4155, and as it is met).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost {

// A message begins behind a line "From SENDER DATE" that is the file's first or follows an empty
// one; the date must be one. ">From " within a message loses one '>' (mboxrd). Content-Length is
// not looked at: senders write it. So where the writer of a file left such lines unquoted, the
// sender of a message can make two of it, of which the second is all his.
// Split-invariant but for how content is cut; keeps a line of kLineMax bytes.
class MboxDecoder {
 public:
  static constexpr std::size_t kLineMax = 1000;  // of a longer one the beginning is looked at

  enum class Outcome {
    need_more,  // all bytes consumed
    begin,      // a message begins, and with it the one before has ended
    content,    // more of it
    no_mbox,    // the file does not begin like one: the end
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
    std::string_view content;  // until the next call
  };

  Step decode(std::string_view bytes);
  // There are no more bytes. Call it until it gives need_more.
  Step finish();

 private:
  Step take_line(std::size_t consumed);
  Step give_line(std::size_t consumed);

  std::string line_;
  std::string content_;          // what was given out last
  std::string_view waiting_;     // an empty line, which may be the one before the next message
  bool is_within_line_ = false;  // its beginning was given out
  bool has_begun_ = false;
  bool is_no_mbox_ = false;
};

}  // namespace gatepost
