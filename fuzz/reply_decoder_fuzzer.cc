// A server's replies: any bytes, cut anyhow, give the same replies, and each can be told to a
// client.
#include "wire/smtp/reply_decoder.h"

#include <cstdint>

#include "splits.h"
#include "wire/smtp/capabilities.h"

namespace {

using namespace gatepost;

bool tell(const ReplyDecoder& decoder, const ReplyDecoder::Step& step, std::size_t position,
          std::string& told) {
  using enum ReplyDecoder::Outcome;
  if (step.outcome == garbage) told += "garbage";  // found sooner or later, depending on the cut
  if (step.outcome != ReplyDecoder::Outcome::reply) return step.outcome == need_more;
  const auto& answer = decoder.reply();
  if (decoder.within_reply() || answer.code < 200 || answer.code > 599) std::abort();
  (void)parse_capabilities(answer);
  const auto wire = answer.wire();
  if (!wire.ends_with("\r\n") || wire.find_first_not_of("\r\n", wire.size() - 2) != wire.npos) {
    std::abort();
  }
  told.append(std::to_string(answer.code)).append(answer.text).append("@");
  told.append(std::to_string(position));
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  same_at_every_split<ReplyDecoder>({reinterpret_cast<const char*>(data), size}, tell);
  return 0;
}
