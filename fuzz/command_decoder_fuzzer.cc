// Commands: any bytes, cut anyhow, give the same lines, and a line handed on is clean.
#include "wire/smtp/command_decoder.h"

#include <cstdint>

#include "base/text.h"
#include "splits.h"
#include "wire/smtp/command_table.h"

namespace {

using namespace gatepost;

// While a client logs in.
struct RaisedCommandDecoder : CommandDecoder {
  RaisedCommandDecoder() { limit(kAuthLineLengthMax); }
};

std::size_t length_max(const CommandDecoder&, std::string_view line) {
  return starts_with_ignoring_case(line, "AUTH ") ? CommandDecoder::kAuthLineLengthMax
                                                  : CommandDecoder::kLineLengthMax;
}

std::size_t length_max(const RaisedCommandDecoder&, std::string_view) {
  return CommandDecoder::kAuthLineLengthMax;
}

template <typename Decoder>
bool tell(const Decoder& decoder, const CommandDecoder::Step& step, std::size_t position,
          std::string& told) {
  using enum CommandDecoder::Outcome;
  if (step.outcome == need_more) return true;
  told += static_cast<char>('0' + static_cast<int>(step.outcome));
  if (step.outcome == flood) return false;  // found sooner or later, depending on the cut
  if (step.line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    std::abort();
  if (step.line.size() > length_max(decoder, step.line)) std::abort();
  if (parse_command(step.line).argument.size() > step.line.size()) std::abort();
  told.append(step.line).append("@").append(std::to_string(position));
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  same_at_every_split<CommandDecoder>(bytes, tell<CommandDecoder>);
  same_at_every_split<RaisedCommandDecoder>(bytes, tell<RaisedCommandDecoder>);
  return 0;
}
