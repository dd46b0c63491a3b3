// Commands: any bytes, cut anyhow, give the same lines, and a line handed on is clean.
#include "wire/smtp/command_decoder.h"

#include <cstdint>

#include "splits.h"
#include "wire/smtp/command_table.h"

namespace {

using namespace gatepost;

bool tell(const CommandDecoder&, const CommandDecoder::Step& step, std::size_t position,
          std::string& told) {
  using enum CommandDecoder::Outcome;
  if (step.outcome == need_more) return true;
  told += static_cast<char>('0' + static_cast<int>(step.outcome));
  if (step.outcome == flood) return false;  // found sooner or later, depending on the cut
  if (step.line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    std::abort();
  if (step.line.size() > CommandDecoder::kLineLengthMax) std::abort();
  if (parse_command(step.line).argument.size() > step.line.size()) std::abort();
  told.append(step.line).append("@").append(std::to_string(position));
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  same_at_every_split<CommandDecoder>({reinterpret_cast<const char*>(data), size}, tell);
  return 0;
}
