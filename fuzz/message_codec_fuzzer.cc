// What is stored of a message, damaged or hostile: what is read is written, and reads, the same.
#include "ledger/lmdb/message_codec.h"

#include <cstdint>
#include <cstdlib>

#include "ledger/told_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const ClientKey client(Address::v4(0xc0000207));
  const auto at = wall_time(1'700'000'000'000);
  const Row row{std::string(16, 'k'), client, at,
                std::string(reinterpret_cast<const char*>(data), size)};
  const auto message = told_message(row);
  if (!message) return 0;
  const auto written = row_of(*message);
  const auto again = told_message(written);
  if (!again || row_of(*again).json != written.json) std::abort();
  if (written.id != row.id || written.client != client || written.at != at) std::abort();
  // What is taken of it for granted: it can be told of and taken back.
  Record record;
  for (const auto& counted : message->counted) {
    apply(record, counted.observation);
    apply(record, taking_back(counted.observation, counted.before));
  }
  return 0;
}
