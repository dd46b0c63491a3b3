// A block of neighbours, damaged or hostile: what is in it can be written, and reads the same.
#include "ledger/lmdb/block.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto key = BlockKey::from_bytes(bytes)) {
    if (BlockKey(key->client(255)) != *key || BlockKey::of(key->network()) != key) std::abort();
  }
  const auto block = Block::parse(bytes);
  if (!block) return 0;
  std::string written;
  write_block(*block, {}, written);
  if (written.empty()) return 0;
  const auto again = Block::parse(written);
  if (!again || again->network() != block->network()) std::abort();
  if (!block->is_whole()) return 0;
  if (!again->is_whole() || again->clients() != block->clients()) std::abort();
  block->each([&](std::uint8_t number, std::string_view record) {
    if (again->client(number) != record) std::abort();
  });
  return 0;
}
