// A record's bytes, damaged or hostile: what is read is written, and reads, the same.
#include "ledger/lmdb/record_codec.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = decode_record(bytes)) {
    if (decode_record(encode_record(*record)) != record) std::abort();
  }
  Record record;
  bool active = false;
  if (!decode_history(bytes, record, active)) return 0;
  std::string history;
  encode_history(record, history);
  Record again;
  if (!decode_history(history, again, active) || again != record || active) std::abort();
  return 0;
}
