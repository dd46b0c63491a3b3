// Tests of ledger/lmdb/block.h: neighbours in one value.
#include "ledger/lmdb/block.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gatepost {
namespace {

ClientKey client(std::string_view text) { return ClientKey(*Address::parse(text)); }

TEST(BlockKey, NeighboursShareOneAndItsNetworkHasIt) {
  EXPECT_EQ(BlockKey(client("192.0.2.1")), BlockKey(client("192.0.2.255")));
  EXPECT_FALSE(BlockKey(client("192.0.2.1")) == BlockKey(client("192.0.3.1")));
  EXPECT_EQ(BlockKey(client("2001:db8::1")), BlockKey(client("2001:db8:0:ff::1")));
  EXPECT_FALSE(BlockKey(client("2001:db8::1")) == BlockKey(client("2001:db8:0:100::1")));
  for (const auto* network : {"192.0.2.0/24", "2001:db8::/56", "::/56"}) {
    const auto key = RecordKey::of_network(*Network::parse(network));
    ASSERT_TRUE(BlockKey::of(key)) << network;
    EXPECT_EQ(BlockKey::of(key)->network(), key) << network;
  }
  for (const auto* wider : {"2001:db8::/48", "2001:db8::/32"})
    EXPECT_FALSE(BlockKey::of(RecordKey::of_network(*Network::parse(wider)))) << wider;
  EXPECT_FALSE(BlockKey::of(RecordKey::of_system({64496})));
}

TEST(BlockKey, TheyCompareAsAddressesAndGiveThemBack) {
  const BlockKey* before = nullptr;
  std::vector<BlockKey> keys;
  for (const auto* text : {"::", "0.0.0.1", "192.0.2.7", "192.0.3.0", "255.255.255.255",
                           "1::", "2001:db8:1:2ff::", "ff00::"}) {
    keys.emplace_back(client(text));
    EXPECT_EQ(keys.back().client(number_in_block(client(text))), client(text)) << text;
    EXPECT_EQ(BlockKey::from_bytes(keys.back().bytes()), keys.back()) << text;
  }
  for (const auto& key : keys) {
    if (before) {
      EXPECT_LT(*before, key);
    }
    before = &key;
  }
  for (const auto* bytes : {"", "\1abcd", "\2abc", "\3abc"})
    EXPECT_FALSE(BlockKey::from_bytes(bytes));
}

using Contents = std::map<int, std::string>;  // -1: the network's

Contents contents_of(const Block& block) {
  Contents contents;
  if (!block.network().empty()) contents[-1] = block.network();
  block.each([&](std::uint8_t number, std::string_view bytes) { contents[number] = bytes; });
  return contents;
}

// Against a map, through all numbers of clients and all lengths.
TEST(Block, HoldsWhatWasPutIntoIt) {
  std::mt19937 random(7);
  std::string bytes;
  Contents model;
  for (int round = 0; round < 3'000; ++round) {
    const auto block = bytes.empty() ? Block() : *Block::parse(bytes);
    BlockChanges changes;
    const auto some = [&]() -> std::string {
      if (random() % 3 == 0) return {};
      return std::string(1 + random() % (random() % 20 == 0 ? 400 : 12),
                         static_cast<char>(random()));
    };
    std::map<std::uint8_t, std::string> changed;
    const auto most = round % 100 < 50 ? 3u : 40u;
    for (auto count = random() % most; count > 0; --count)
      changed[static_cast<std::uint8_t>(random())] = some();
    for (const auto& [number, value] : changed) {
      changes.clients.emplace_back(number, value);
      model[number] = value;
    }
    if (random() % 4 == 0) model[-1] = *(changes.network = some());
    std::erase_if(model, [](const auto& each) { return each.second.empty(); });

    std::string written;
    write_block(block, changes, written);
    bytes = written;
    EXPECT_EQ(bytes.empty(), model.empty());
    if (bytes.empty()) continue;
    const auto read = Block::parse(bytes);
    ASSERT_TRUE(read && read->is_whole());
    ASSERT_EQ(contents_of(*read), model) << round;
    if (round % 10 > 0) continue;
    for (int number = 0; number < 256; ++number) {
      const auto wanted = model.find(number);
      ASSERT_EQ(read->client(static_cast<std::uint8_t>(number)),
                wanted == model.end() ? "" : wanted->second);
    }
  }
}

TEST(Block, OneClientCostsTwoBytes) {
  std::string bytes;
  write_block({}, {{}, {{7, "abc"}}}, bytes);
  EXPECT_EQ(bytes.size(), 3u + 2u);
  EXPECT_EQ(Block::parse(bytes)->client(7), "abc");
}

TEST(Block, WithstandsRandomBytes) {
  std::mt19937 random(11);
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes(random() % 300, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    if (!bytes.empty()) bytes[0] = static_cast<char>(1 | (bytes[0] & 0x70));
    const auto block = Block::parse(bytes);
    if (!block) continue;
    const auto contents = contents_of(*block);
    std::string written;
    write_block(*block, {}, written);
    if (block->is_whole()) {
      EXPECT_EQ(written, bytes);
    }
    EXPECT_LE(contents.size(), 257u);
  }
}

}  // namespace
}  // namespace gatepost
