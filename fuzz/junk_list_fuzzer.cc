// Saved lists of junk folders: what is taken can be written again and reads the same.
#include "doors/maildir/junk_list.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = JunkList::read(text, "/m Junk");
  if (!list) return 0;
  if (list->mail().size() > JunkList::kMax || !list->was_looked_at()) std::abort();
  const auto again = JunkList::read(list->write("/m Junk"), "/m Junk");
  if (!again || again->mail() != list->mail()) std::abort();
  return 0;
}
