// Content: any bytes, cut anyhow, end at the same place, and what is passed on holds no other end.
#include "wire/smtp/data_decoder.h"

#include <cstdint>

#include "splits.h"

namespace {

using namespace gatepost;

bool tell(const DataDecoder&, const DataDecoder::Step& step, std::size_t position,
          std::string& told) {
  told.append(step.held).append(step.pass);
  if (step.outcome == DataDecoder::Outcome::need_more) return true;
  told.append("!").append(std::to_string(static_cast<int>(step.outcome)));
  told.append("@").append(std::to_string(position));
  return true;
}

// No line end but CRLF, no NUL, no dot alone on its line.
void check_content(std::string_view content) {
  const auto text = "\r\n" + std::string(content);
  if (text.find("\r\n.\r\n") != std::string::npos) std::abort();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0' || (text[i] == '\n' && text[i - 1] != '\r')) std::abort();
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  same_at_every_split<DataDecoder>(bytes, tell);

  const auto first = DataDecoder().decode(bytes);  // up to the first fault or the end
  if (bytes.substr(0, first.pass.size()) != first.pass) std::abort();
  check_content(first.pass);
  if (first.outcome == DataDecoder::Outcome::end &&
      std::string(first.pass) + ".\r\n" != bytes.substr(0, first.consumed)) {
    std::abort();
  }
  return 0;
}
