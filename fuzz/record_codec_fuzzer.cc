// A record's bytes, damaged or hostile: what is read is written, and reads, the same.
#include "ledger/lmdb/record_codec.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const auto record = decode_record({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  const auto again = decode_record(encode_record(*record));
  if (!again || *again != *record) std::abort();
  return 0;
}
