// Implements bench/micro/filled_ledger.h.
#include "filled_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "ledger/lmdb/lmdb_ledger.h"

namespace gatepost::bench {
namespace {

constexpr std::uint32_t kFlushEach = 20'000;  // clients; well below what the overlay may hold

}  // namespace

Address address_of(std::uint32_t number, bool known) {
  return Address::v4(number * 2'654'435'761u << 1 | (known ? 0u : 1u));
}

void fill(Ledger& ledger, std::uint32_t count, const Remember& remember) {
  std::vector<std::uint32_t> bits;
  bits.reserve(count);
  for (std::uint32_t number = 0; number < count; ++number) {
    bits.push_back(address_of(number, true).v4_bits());
  }
  std::sort(bits.begin(), bits.end());
  for (std::uint32_t number = 0; number < count; ++number) {
    remember(ledger, number, Address::v4(bits[number]));
    if (number % kFlushEach == kFlushEach - 1) ledger.flush();
  }
  ledger.flush();
}

std::unique_ptr<Ledger> open_filled(const std::string& folder, std::uint32_t count,
                                    const Remember& remember) {
  std::filesystem::create_directories(folder);
  auto opened = open_lmdb_ledger(folder);
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error());
    std::exit(2);
  }
  auto ledger = std::move(opened).value();
  const auto before = ledger->health().records;
  if (before == 0) fill(*ledger, count, remember);
  const auto health = ledger->health();
  if (health.records != count || health.lost != 0) {
    fmt::print(stderr, "{}: {} records, {} lost; remove it\n", folder, health.records, health.lost);
    std::exit(2);
  }
  return ledger;
}

Settings usual_settings() {
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.example.org";
  for (const auto* const own : {"127.0.0.1", "::1"}) {
    settings.trusted.push_back(*Network::parse(own));
    settings.own_addresses.push_back(*Address::parse(own));
  }
  return settings;
}

}  // namespace gatepost::bench
