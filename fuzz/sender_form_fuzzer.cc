// Any sender: what it is compared by is bounded, lower case, and the same for the same sender.
#include "checks/greylist/sender_form.h"

#include <cstdint>
#include <cstdlib>

#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  constexpr std::size_t kBytesMax = 320;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto at = text.rfind('@');
  Mailbox sender{std::string(text.substr(0, at)), {}};
  if (at != std::string_view::npos) sender.domain = text.substr(at + 1);

  const auto form = sender_form(sender);
  if (form.size() > kBytesMax || form != to_lower(form)) std::abort();
  if (sender.is_null() && !form.empty()) std::abort();
  if (form != sender_form({to_lower(sender.local), to_lower(sender.domain)})) std::abort();
  return 0;
}
