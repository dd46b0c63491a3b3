// Implements wire/milter/milter_packet.h.
#include "wire/milter/milter_packet.h"

#include <algorithm>
#include <cassert>

#include "base/bytes.h"
#include "base/text.h"
#include "wire/one_line.h"

namespace gatepost {
namespace {

constexpr std::size_t kHeadLength = 5;           // the length, and the command, which it counts
constexpr std::string_view kV6Prefix = "IPv6:";  // as Sendmail writes it

std::size_t length_in(std::string_view head) { return ByteReader(head).integer<std::uint32_t>(); }

std::string packet(char command, std::string_view body) {
  std::string bytes;
  bytes.reserve(kHeadLength + body.size());
  ByteWriter writer(bytes);
  writer.integer(static_cast<std::uint32_t>(1 + body.size()));
  bytes += command;
  bytes += body;
  return bytes;
}

// Takes the string in front of `rest`, without the NUL that ends it.
std::optional<std::string_view> take_text(std::string_view& rest) {
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const auto text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

std::string_view without_braces(std::string_view name) {
  const bool braced = name.size() >= 2 && name.front() == '{' && name.back() == '}';
  return braced ? name.substr(1, name.size() - 2) : name;
}

}  // namespace

// Of the body of this packet.
std::size_t MilterPacketDecoder::kept_max() const {
  const auto command = static_cast<MilterCommand>(head_[kHeadLength - 1]);
  const bool is_content =
      command == MilterCommand::body || command == MilterCommand::end_of_message;
  return is_content ? 0 : kKeptMax - 1;
}

MilterPacketDecoder::Step MilterPacketDecoder::decode(std::string_view bytes) {
  Step step;
  if (head_.size() < kHeadLength) {
    step.consumed = std::min(kHeadLength - head_.size(), bytes.size());
    head_ += bytes.substr(0, step.consumed);
    if (head_.size() < kHeadLength) return step;
    const auto length = length_in(head_);
    const bool may_be_long =
        kept_max() == 0 ||
        static_cast<MilterCommand>(head_[kHeadLength - 1]) == MilterCommand::header;
    if (length == 0 || length > kLengthMax || (!may_be_long && length > kKeptMax)) {
      step.outcome = Outcome::bad;
      return step;
    }
    missing_ = length - 1;
    std::string().swap(body_);
  }
  const auto part = bytes.substr(step.consumed, missing_);
  step.consumed += part.size();
  missing_ -= part.size();
  const bool whole = missing_ == 0 && body_.empty();  // as a rule: then nothing is copied
  if (!whole) body_ += part.substr(0, kept_max() - body_.size());
  if (missing_ > 0) return step;
  step.outcome = Outcome::packet;
  step.command = static_cast<MilterCommand>(head_[kHeadLength - 1]);
  step.body = whole ? part.substr(0, kept_max()) : std::string_view(body_);
  head_.clear();
  return step;
}

std::optional<MilterOffer> parse_milter_offer(std::string_view body) {
  ByteReader reader(body);
  MilterOffer offer;
  offer.version = reader.integer<std::uint32_t>();
  offer.actions = reader.integer<std::uint32_t>();
  offer.protocol = reader.integer<std::uint32_t>();
  if (reader.failed()) return std::nullopt;
  return offer;
}

std::optional<MilterConnect> parse_milter_connect(std::string_view body) {
  auto rest = body;
  if (!take_text(rest) || rest.empty()) return std::nullopt;
  const char family = rest.front();
  rest.remove_prefix(1);
  MilterConnect connect;
  if (family == 'U' || family == 'L') return connect;
  if ((family != '4' && family != '6') || rest.size() < 2) return std::nullopt;
  const auto port = ByteReader(rest).integer<std::uint16_t>();
  rest.remove_prefix(2);
  auto text = take_text(rest);
  if (!text) return std::nullopt;
  if (family == '6' && starts_with_ignoring_case(*text, kV6Prefix))
    text->remove_prefix(kV6Prefix.size());
  const auto address = Address::parse(*text);
  if (!address) return std::nullopt;
  connect.client = Endpoint{*address, port};
  return connect;
}

std::optional<std::string_view> parse_milter_text(std::string_view body) { return take_text(body); }

std::optional<MilterHeader> parse_milter_header(std::string_view body) {
  const auto name = take_text(body);
  if (!name) return std::nullopt;
  return MilterHeader{*name, body.substr(0, body.find('\0'))};
}

std::optional<std::string_view> find_milter_macro(std::string_view body, std::string_view name) {
  auto rest = body.substr(std::min<std::size_t>(1, body.size()));
  while (const auto found = take_text(rest)) {
    const auto value = take_text(rest);
    if (!value) break;
    if (without_braces(*found) == name) return value;
  }
  return std::nullopt;
}

std::optional<MilterCommand> milter_macros_for(std::string_view body) {
  if (body.empty()) return std::nullopt;
  return static_cast<MilterCommand>(body.front());
}

std::string milter_offer_packet(const MilterOffer& answer) {
  std::string body;
  ByteWriter writer(body);
  writer.integer(answer.version);
  writer.integer(answer.actions);
  writer.integer(answer.protocol);
  return packet(static_cast<char>(MilterCommand::negotiate), body);
}

std::string milter_continue_packet() { return packet('c', {}); }
std::string milter_accept_packet() { return packet('a', {}); }

// '%' is doubled: Sendmail takes the text for a format, and Postfix knows that.
std::string milter_refusal_packet(const SmtpReply& refusal) {
  assert(refusal.temporary() || refusal.permanent());
  const auto line = one_line(refusal);
  std::string body;
  for (const char c : line) body.append(c == '%' ? 2 : 1, c);
  body.push_back('\0');
  return packet('y', body);
}

}  // namespace gatepost
