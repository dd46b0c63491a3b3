// Reads a server's replies: what a mail server answers to our leg.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/smtp_reply.h"

namespace gatepost {

// Split-invariant. RFC 5321 4.2; a reply is at most 128 lines of 2,048 octets, more is a protocol
// error.
class ReplyDecoder {
 public:
  enum class Outcome { need_more, reply, garbage };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
  };

  // Consumes up to the end of the first whole reply. After garbage the connection is of no use.
  Step decode(std::string_view bytes);

  // The reply just completed: lines parted by '\n', enhanced code still in the text. Valid until
  // the next decode().
  const SmtpReply& reply() const { return reply_; }

  // Bytes of a reply that has begun and not ended are waiting.
  bool within_reply() const { return within_reply_; }

 private:
  enum class Line { more, last, bad };
  Line take_line(std::string_view line);

  static constexpr std::size_t kLineLengthMax = 2048;
  static constexpr std::size_t kLinesMax = 128;

  SmtpReply reply_;
  std::string partial_;
  std::size_t lines_ = 0;
  bool within_reply_ = false;
};

}  // namespace gatepost
