// Tests of wire/proxy_header/proxy_header.h.
#include "wire/proxy_header/proxy_header.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

struct Row {
  const char* source;
  const char* destination;
  std::string v1;
  std::string v2_behind_signature;  // hexadecimal
};

std::string hexadecimal(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return digits;
}

TEST(ProxyHeader, NamesClientAndOurself) {
  const Row rows[] = {
      {"192.0.2.1:56324", "198.51.100.2:25", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n",
       "2111000c"
       "c0000201"
       "c6336402"
       "dc04"
       "0019"},
      {"[::ffff:192.0.2.1]:56324", "198.51.100.2:25",
       "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n",
       "2111000c"
       "c0000201"
       "c6336402"
       "dc04"
       "0019"},
      {"[2001:db8::1]:1", "[2001:db8::2]:65535", "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n",
       "21210024"
       "20010db8000000000000000000000001"
       "20010db8000000000000000000000002"
       "0001"
       "ffff"},
      {"192.0.2.1:1", "[2001:db8::2]:25", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1 25\r\n",
       "21210024"
       "00000000000000000000ffffc0000201"
       "20010db8000000000000000000000002"
       "0001"
       "0019"},
      {"[2001:db8::2]:1", "192.0.2.1:25", "PROXY TCP6 2001:db8::2 ::ffff:192.0.2.1 1 25\r\n",
       "21210024"
       "20010db8000000000000000000000002"
       "00000000000000000000ffffc0000201"
       "0001"
       "0019"},
  };
  for (const auto& row : rows) {
    const auto source = Endpoint::parse(row.source);
    const auto destination = Endpoint::parse(row.destination);
    ASSERT_TRUE(source && destination) << row.source;
    EXPECT_EQ(proxy_header_v1(*source, *destination), row.v1);
    EXPECT_EQ(hexadecimal(proxy_header_v2(*source, *destination)),
              "0d0a0d0a000d0a515549540a" + row.v2_behind_signature);
  }
}

TEST(ProxyHeader, OfOurOwnConnectionsNamesNobody) {
  EXPECT_EQ(proxy_header_v1_own(), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(hexadecimal(proxy_header_v2_own()),
            "0d0a0d0a000d0a515549540a"
            "20000000");
}

TEST(ProxyHeader, OfVersion1FitsInItsLine) {
  const auto longest = Endpoint::parse("[2001:1db8:1111:1111:1111:1111:1111:1111]:65535");
  ASSERT_TRUE(longest);
  EXPECT_LE(proxy_header_v1(*longest, *longest).size(), 107u);
}

}  // namespace
}  // namespace gatepost
