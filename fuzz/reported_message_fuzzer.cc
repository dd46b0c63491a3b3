// Reported messages: whatever a sender writes below our server's field, nobody but he is blamed,
// and what is refused has a reason.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gate/reported_message.h"

namespace {

using namespace gatepost;

const std::string kBorder =
    "Received: from x (unknown [192.0.2.7]) by mx.example.org (Postfix) with ESMTP id 4F2AB;\n"
    "\tSun, 22 Nov 2026 06:00:00 +0000\nX-Next: y\n";

void check(const ReadMessages& read) {
  if (read.messages.empty() && read.refused.empty()) std::abort();
  for (const auto& why : read.refused) {
    if (why.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Settings settings = [] {
    Settings our;
    our.hostname = "mx.example.org";
    return our;
  }();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(read_messages(bytes, false, settings));
  check(read_messages(bytes, true, settings));
  const auto told = read_messages(kBorder + std::string(bytes), false, settings);
  check(told);
  // One that calls itself a feedback report is nobody's.
  if (told.messages.empty() && told.refused[0].find("feedback report") != std::string::npos)
    return 0;
  if (told.messages.size() != 1 || told.messages[0].client.to_string() != "192.0.2.7") std::abort();
  return 0;
}
