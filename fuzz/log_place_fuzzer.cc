// Saved positions in logs: what is taken can be written again and reads the same.
#include "doors/follow/log_place.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto places = read_places(text, "/l");
  if (!places) return 0;
  if (places->size() > kPlacesMax) std::abort();
  const auto again = read_places(write_places("/l", *places), "/l");
  if (!again || *again != *places) std::abort();
  return 0;
}
