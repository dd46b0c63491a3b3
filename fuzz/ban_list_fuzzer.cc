// Any bytes are read as each format of list without harm; and whatever strangers wrote, a list of
// bans reads back as the same networks.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "wire/ban_list/ban_list.h"
#include "wire/ban_list/ban_list_writer.h"

namespace {

using namespace gatepost;
using enum BanListFormat;

constexpr WallTime kNow = wall_time(1'795'355'280'000);

// Their ends where the format tells them.
void write_and_read(BanListFormat format, const std::vector<Ban>& bans) {
  BanListWriter writer(
      format, {"mx.example.org", "", {25}, {587}, "gatepost", kNow, std::chrono::hours(6)});
  std::string list;
  writer.head(list);
  for (const auto& ban : bans) writer.write(ban, list);
  writer.end(list);
  BanListReader reader(format);
  std::size_t read = 0;
  for (const auto line : split(list, '\n')) {
    const auto entries = reader.read(line);
    if (!entries) std::abort();
    for (const auto& entry : *entries) {
      if (read == bans.size() || entry.network != bans[read].network) std::abort();
      if (entry.until && *entry.until != bans[read].until) std::abort();
      ++read;
    }
  }
  if (read != bans.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  guess_ban_list_format(bytes);
  const auto half = bytes.substr(size / 2, 100);
  std::vector<Ban> bans;
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft, drop}) {
    BanListReader reader(format, kNow);
    auto lines = split(bytes, '\n');
    for (std::size_t i = 0; i <= lines.size(); ++i) {
      const auto entries = i < lines.size() ? reader.read(lines[i]) : reader.finish();
      if (!entries && entries.error().empty()) std::abort();
      if (!entries || bans.size() > 20) continue;
      for (const auto& entry : *entries) {
        // Of no client, or a test point: nobody is banned there, and nothing reads it back.
        const auto first = entry.network.base().bytes()[entry.network.base().is_v4() ? 12 : 0];
        if (first >= 224 || first == 127) continue;
        bans.push_back({entry.network, BanScope::mail, kNow, kNow + std::chrono::hours(1),
                        CheckName::trap, std::string(half), entry.reason + std::string(half)});
      }
    }
  }
  for (const auto format : {plain, csv, json, hosts_deny, postfix_cidr, rbldnsd, nft})
    write_and_read(format, bans);
  return 0;
}
