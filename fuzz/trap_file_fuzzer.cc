// The file of added traps: any bytes are read or refused, and what was read is written back to the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ops/control/trap_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const auto read = parse_added_traps({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  const auto again = parse_added_traps(added_traps_text(*read));
  if (!again || again->size() != read->size()) std::abort();
  if (added_traps_text(*again) != added_traps_text(*read)) std::abort();
  return 0;
}
