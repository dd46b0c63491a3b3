// Tests of model/address.h.
#include "model/address.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace gatepost {
namespace {

Address address(std::string_view text) {
  const auto parsed = Address::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Address{});
}

Network network(std::string_view text) {
  const auto parsed = Network::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Network{});
}

struct TextRow {
  const char* text;
  const char* canonical;
};

TEST(AddressText, HasOneCanonicalForm) {
  const TextRow rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::FFFF:c000:0201", "192.0.2.1"},
      {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"fe80::1%eth0", "fe80::1"},
      {"64:ff9b::c000:201", "64:ff9b::c000:201"},  // NAT64 stays IPv6
      {"2002:c000:201::", "2002:c000:201::"},      // 6to4 too
  };
  for (const auto& row : rows) EXPECT_EQ(address(row.text).to_string(), row.canonical);
}

TEST(AddressText, RefusesLooseForms) {
  const std::string_view texts[] = {"",
                                    "1.2",
                                    "1.2.3",
                                    "010.1.1.1",
                                    "1.2.3.4.5",
                                    "256.1.1.1",
                                    " 1.2.3.4",
                                    "1.2.3.4 ",
                                    "0x7f.1.1.1",
                                    "2130706433",
                                    "1.2.3.4/32",
                                    "[::1]",
                                    ":::",
                                    "1:2:3:4:5:6:7",
                                    "::ffff:1.2.3",
                                    "12345::",
                                    "192.0.2.1%eth0",
                                    "%eth0",
                                    "example.org",
                                    {"192.0.2.1\0.evil", 15},
                                    {"::1\0", 4}};
  for (const auto text : texts) EXPECT_FALSE(Address::parse(text)) << text;
}

TEST(AddressValue, IsOneForBothSpellingsOfIpv4) {
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
  EXPECT_EQ(Address::v4(0xc0000201), address("192.0.2.1"));
  EXPECT_EQ(address("192.0.2.1").v4_bits(), 0xc0000201u);
  EXPECT_TRUE(address("192.0.2.1").is_v4());
  EXPECT_FALSE(address("::192.0.2.1").is_v4());  // the deprecated compatible form
  EXPECT_FALSE(Address{}.is_v4());
}

TEST(AddressValue, ComesBackFromItsText) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = random() % 3 == 0 ? 0 : static_cast<std::uint8_t>(random());
    const auto made = seed % 4 == 0 ? Address::v4(static_cast<std::uint32_t>(random()))
                                    : Address::from_bytes(bytes);
    EXPECT_EQ(address(made.to_string()), made) << "seed " << seed;
  }
}

TEST(ClientKeyValue, HashesApartWhatDiffersInOneBit) {
  std::unordered_set<std::size_t> hashes;
  for (unsigned bit = 0; bit < 64; ++bit) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[bit / 8] = static_cast<std::uint8_t>(1u << bit % 8);
    hashes.insert(std::hash<ClientKey>{}(ClientKey(Address::from_bytes(bytes))));
  }
  for (unsigned bit = 0; bit < 32; ++bit) {
    hashes.insert(std::hash<ClientKey>{}(ClientKey(Address::v4(1u << bit))));
  }
  EXPECT_EQ(hashes.size(), 96u);
}

TEST(ClientKeyValue, IsTheIpv4AddressOrTheSlash64) {
  const auto key = [](std::string_view text) { return ClientKey(address(text)); };
  EXPECT_EQ(key("192.0.2.1").to_string(), "192.0.2.1");
  EXPECT_EQ(key("::ffff:192.0.2.1"), key("192.0.2.1"));
  EXPECT_NE(key("192.0.2.1"), key("192.0.2.2"));
  EXPECT_EQ(key("2001:db8:1:2:3:4:5:6").to_string(), "2001:db8:1:2::/64");
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_EQ(std::hash<ClientKey>{}(key("2001:db8::1")), std::hash<ClientKey>{}(key("2001:db8::2")));
}

struct ContainsRow {
  const char* network;
  const char* address;
  bool contains;
};

TEST(NetworkValue, ContainsWhatItsMaskSays) {
  const ContainsRow rows[] = {
      {"192.0.2.0/24", "192.0.2.0", true},
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.0/24", "192.0.1.255", false},
      {"192.0.2.0/24", "::ffff:192.0.2.7", true},
      {"10.0.1.0/24", "10.0.19.1", false},  // no text prefix
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.128", true},
      {"172.16.0.0/12", "172.31.255.255", true},
      {"172.16.0.0/12", "172.32.0.0", false},
      {"192.0.2.6/31", "192.0.2.7", true},
      {"192.0.2.6/31", "192.0.2.8", false},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1/32", "192.0.2.0", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"0.0.0.0/0", "::", false},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "192.0.2.1", false},
      {"::/64", "192.0.2.1", false},
      {"::1", "::1", true},
      {"::1", "::", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"2001:db8::/127", "2001:db8::1", true},
      {"2001:db8::/127", "2001:db8::2", false},
      {"::ffff:192.0.2.0/120", "192.0.2.200", true},
      {"::ffff:192.0.2.0/120", "192.0.3.0", false},
      {"::ffff:0.0.0.0/96", "198.51.100.1", true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(network(row.network).contains(address(row.address)), row.contains)
        << row.network << " " << row.address;
  }
}

TEST(NetworkText, HasOneCanonicalForm) {
  const TextRow rows[] = {
      {"192.0.2.0/24", "192.0.2.0/24"},
      {"192.0.2.1/32", "192.0.2.1"},
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"2001:DB8::/32", "2001:db8::/32"},
      {"2001:db8::1/128", "2001:db8::1"},
      {"::/0", "::/0"},
      {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
      {"::ffff:192.0.2.1/128", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(network(row.text).to_string(), row.canonical);
    EXPECT_EQ(network(row.canonical), network(row.text));
  }
  EXPECT_EQ(network("192.0.2.0/24").prefix_bits(), 24u);
  EXPECT_EQ(network("2001:db8::/32").prefix_bits(), 32u);
}

TEST(NetworkText, RefusesWhatIsNoBlock) {
  for (const auto* text :
       {"192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8",
        "192.0.2.0/8/8", "192.0.2.0/a", "/24", "", "10.0.0/8", "2001:db8::1/32", "2001:db8::/129",
        "fe80::1%eth0", "fe80::%eth0/64", "::ffff:192.0.2.0/24", "::ffff:0:0/95",
        "::ffff:192.0.2.0/129", "example.org", "192.0.2.0/4294967320"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(NetworkValue, MasksWhatItIsMadeOf) {
  EXPECT_EQ(Network(address("192.0.2.77"), 24), network("192.0.2.0/24"));
  EXPECT_EQ(Network(address("2001:db8::77"), 64), network("2001:db8::/64"));
}

TEST(NetworkValue, ContainsExactlyTheAddressesWithItsLeadingBits) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    const auto base = static_cast<std::uint32_t>(random());
    const auto bits = static_cast<unsigned>(random() % 33);
    const auto other = base ^ (1u << random() % 32);
    const auto lead = [&](std::uint32_t value) { return std::uint64_t{value} >> (32 - bits); };
    EXPECT_EQ(Network(Address::v4(base), bits).contains(Address::v4(other)),
              lead(base) == lead(other))
        << "seed " << seed;
  }
}

TEST(NetworkList, ContainsWhatOneOfThemContains) {
  const std::vector<Network> networks{network("192.0.2.0/24"), network("2001:db8::/32")};
  EXPECT_TRUE(contains(networks, address("192.0.2.9")));
  EXPECT_TRUE(contains(networks, address("2001:db8::9")));
  EXPECT_FALSE(contains(networks, address("198.51.100.1")));
  EXPECT_FALSE(contains({}, address("192.0.2.9")));
}

TEST(EndpointText, ParsesAndWrites) {
  for (const auto* text : {"192.0.2.1:25", "[2001:db8::1]:25", "[::]:0", "0.0.0.0:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
  EXPECT_EQ(Endpoint::parse("[::ffff:192.0.2.1]:25")->to_string(), "192.0.2.1:25");
}

TEST(EndpointText, RefusesHalfOnes) {
  for (const auto* text :
       {"192.0.2.1", "192.0.2.1:", ":25", "192.0.2.1:65536", "192.0.2.1:-1", "::1:25",
        "2001:db8::1", "[::1]", "[]:25", "[::1:25", "::1]:25", "localhost:25", "*:25", ""}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace gatepost
