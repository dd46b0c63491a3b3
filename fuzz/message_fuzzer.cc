// Headers however they are cut, the parts of messages, and what is read from both.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/filter_verdict/filter_verdict.h"
#include "wire/message/header_decoder.h"
#include "wire/message/message_identity.h"
#include "wire/message/mime.h"

namespace {

using namespace gatepost;

// The fields, and where the body begins.
std::string header_of(std::string_view bytes, std::size_t size_max) {
  HeaderDecoder decoder;
  std::size_t body = 0;
  bool is_end = false;
  while (!bytes.empty() && !is_end) {
    const auto piece = bytes.substr(0, size_max);
    bytes.remove_prefix(piece.size());
    const std::vector<char> own(piece.begin(), piece.end());
    const auto step = decoder.decode({own.data(), own.size()});
    body += step.consumed - step.held.size();
    is_end = step.is_end;
    if (!is_end && step.consumed != own.size()) std::abort();
  }
  if (!is_end) body -= decoder.finish().held.size();
  auto told = std::to_string(body) + (decoder.has_left_out() ? "+\n" : "\n");
  for (const auto& field : decoder.fields())
    told += field.name + ':' + field.value + (field.is_cut ? "~\n" : "\n");
  return told;
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_fields(const std::vector<HeaderField>& fields) {
  if (fields.size() > HeaderDecoder::kFieldsMax) std::abort();
  std::size_t size = 0;
  for (const auto& field : fields) {
    size += field.name.size() + field.value.size();
    if (field.name.empty() || field.name.size() > HeaderDecoder::kNameMax) std::abort();
    if (field.value.find('\n') != std::string::npos) std::abort();
  }
  if (size > HeaderDecoder::kHeaderMax) std::abort();
  for (const auto& verdict : filter_verdicts(fields, {{"x", "*a*", "b*"}})) {
    if (verdict.field >= fields.size()) std::abort();
  }
  if (message_id_of(fields).size() > kMessageIdMax) std::abort();
  for (std::size_t i = 0; i < fields.size() && i < 3; ++i) delivery_digest(fields, i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto header = header_of(message, message.size());
  for (const std::size_t size_max : {1u, 3u, 40u}) {
    if (header_of(message, size_max) != header) std::abort();
  }
  check_fields(split_message(message).fields);

  const auto found = mime_parts(message);
  if (found.parts.empty() || found.parts.size() > kMimePartsMax) std::abort();
  for (std::size_t i = 0; i < found.parts.size(); ++i) {
    const auto& part = found.parts[i];
    if (!is_within(part.body, message) || part.depth > kMimeDepthMax) std::abort();
    if (i > 0 && (part.parent >= i || found.parts[part.parent].depth + 1 != part.depth))
      std::abort();
    const auto decoded = part.decoded(1000);
    if (decoded && decoded->size() > 1000) std::abort();
  }
  return 0;
}
