// Any bytes are read as each format of list without harm.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "wire/ban_list/ban_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  using enum BanListFormat;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  guess_ban_list_format(bytes);
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft, drop}) {
    BanListReader reader(format, wall_time(1'795'355'280'000));
    for (const auto line : split(bytes, '\n')) {
      const auto entries = reader.read(line);
      if (!entries && entries.error().empty()) std::abort();
    }
  }
  return 0;
}
