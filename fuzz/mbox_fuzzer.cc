// Messages in an mbox are the same however the file is cut, and no larger than it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mbox/mbox_decoder.h"

namespace {

using namespace gatepost;

std::string messages_of(std::string_view bytes, std::size_t size_max) {
  using Outcome = MboxDecoder::Outcome;
  MboxDecoder decoder;
  std::string told;
  std::size_t content = 0;
  const auto tell = [&](const MboxDecoder::Step& step) {
    if (step.outcome == Outcome::begin) told += "\xff";
    if (step.outcome == Outcome::no_mbox) told += "!";
    told += step.content;
    content += step.content.size();
    if (step.content.size() > MboxDecoder::kLineMax + 2) std::abort();
    return step.outcome != Outcome::no_mbox;
  };
  const auto size = bytes.size();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, size_max);
    bytes.remove_prefix(piece.size());
    const std::vector<char> own(piece.begin(), piece.end());
    std::string_view rest(own.data(), own.size());
    while (!rest.empty()) {
      const auto step = decoder.decode(rest);
      if (step.consumed == 0) std::abort();
      rest.remove_prefix(step.consumed);
      if (!tell(step)) return told;
    }
  }
  for (auto step = decoder.finish(); step.outcome != MboxDecoder::Outcome::need_more;
       step = decoder.finish()) {
    if (!tell(step)) return told;
  }
  if (content > size) std::abort();
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = messages_of(bytes, bytes.size());
  for (const std::size_t size_max : {1u, 7u, 1'001u}) {
    if (messages_of(bytes, size_max) != whole) std::abort();
  }
  return 0;
}
