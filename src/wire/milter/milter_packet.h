// Takes the packets of the milter protocol apart, versions 2 to 6, and makes ours; Sendmail's
// libmilter (mfdef.h) is the only specification there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/address.h"
#include "model/smtp_reply.h"

namespace gatepost {

// What the mail server says (SMFIC_*).
enum class MilterCommand : char {
  negotiate = 'O',
  macros = 'D',
  connect = 'C',
  helo = 'H',
  mail = 'M',
  recipient = 'R',
  data = 'T',     // from version 4 on
  unknown = 'U',  // a command of the client's; from version 3 on
  header = 'L',
  end_of_headers = 'N',
  body = 'B',
  end_of_message = 'E',
  abort = 'A',
  quit = 'Q',
  quit_for_next = 'K',  // another client comes over the same connection
};

// What a mail server need not send, or not wait to be answered (SMFIP_*).
namespace milter_protocol {
inline constexpr std::uint32_t kNoBody = 0x10;
inline constexpr std::uint32_t kNoHeaders = 0x20;
inline constexpr std::uint32_t kNoEndOfHeaders = 0x40;
inline constexpr std::uint32_t kNoReplyToHeader = 0x80;
inline constexpr std::uint32_t kRejectedRecipients = 0x800;  // are told, too
inline constexpr std::uint32_t kNoReplyToHelo = 0x2000;
}  // namespace milter_protocol

// A packet is a length of four octets, big-endian, that counts the command, the command, and what
// belongs to it. Content is not kept, and of a header field no more than kKeptMax bytes, which are
// the most of anything. Split-invariant. Keeps nothing between packets.
class MilterPacketDecoder {
 public:
  static constexpr std::size_t kKeptMax = 64 * 1024;
  static constexpr std::size_t kLengthMax =
      1024 * 1024 + 1;  // what libmilter ever makes of content

  enum class Outcome {
    need_more,  // all bytes consumed
    packet,
    bad,  // empty or too long: whose packets begin where is lost, so close the connection
  };

  struct Step {
    Outcome outcome = Outcome::need_more;
    std::size_t consumed = 0;
    MilterCommand command{};  // any octet
    std::string_view body;    // until the next call; of content nothing, of a field perhaps a part
  };
  Step decode(std::string_view bytes);

 private:
  std::size_t kept_max() const;

  std::string head_;  // length and command, as far as they came
  std::string body_;
  std::size_t missing_ = 0;  // of the body
};

struct MilterOffer {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t protocol = 0;

  bool operator==(const MilterOffer&) const = default;
};

// The bodies of packets; nothing where they are not what they must be.
std::optional<MilterOffer> parse_milter_offer(std::string_view body);

// The client of CONNECT: none where the mail server knows of none, or it came by a local socket.
struct MilterConnect {
  std::optional<Endpoint> client;
};
std::optional<MilterConnect> parse_milter_connect(std::string_view body);

// The first of the strings in the body: HELO's name, the path of MAIL or RCPT.
std::optional<std::string_view> parse_milter_text(std::string_view body);

struct MilterHeader {
  std::string_view name;
  std::string_view value;  // folded, its lines ended by LF; cut where the packet was
};
std::optional<MilterHeader> parse_milter_header(std::string_view body);

// Of the macros in a body of that name, which is given without braces; nothing where it is not
// there.
std::optional<std::string_view> find_milter_macro(std::string_view body, std::string_view name);
// The command that the macros in it are for.
std::optional<MilterCommand> milter_macros_for(std::string_view body);

// Whole packets.
std::string milter_offer_packet(const MilterOffer& answer);
std::string milter_continue_packet();
std::string milter_accept_packet();  // the rest of what it answers is not asked about
// A refusal, 4yz or 5yz, in one line.
std::string milter_refusal_packet(const SmtpReply& refusal);

}  // namespace gatepost
