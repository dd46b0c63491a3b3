// Tests of wire/proxy_header/proxy_header_decoder.h.
#include "wire/proxy_header/proxy_header_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "wire/cuts_fixture.h"
#include "wire/proxy_header/proxy_header.h"

namespace gatepost {
namespace {

using namespace std::string_literals;
using Outcome = ProxyHeaderDecoder::Outcome;

// The whole, every cut in two, and octet by octet: what came of it, and how much was consumed.
struct Told {
  Outcome outcome = Outcome::need_more;
  std::size_t consumed = 0;
  std::string claim;  // "source > destination", or "peer"
  std::string fault;

  bool operator==(const Told&) const = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << static_cast<int>(told.outcome) << " after " << told.consumed << ": " << told.claim << " "
       << told.fault;
}

Told decode(const std::vector<std::string>& chunks) {
  ProxyHeaderDecoder decoder;
  Told told;
  for (const auto& chunk : chunks) {
    const auto step = decoder.decode(chunk);
    told.outcome = step.outcome;
    told.consumed += step.consumed;
    if (step.outcome == Outcome::need_more) {
      EXPECT_EQ(step.consumed, chunk.size());
    }
  }
  const auto& claim = decoder.claim();
  told.claim = claim.source && claim.destination
                   ? claim.source->to_string() + " > " + claim.destination->to_string()
                   : "peer";
  EXPECT_EQ(claim.source.has_value(), claim.destination.has_value());
  told.fault = decoder.fault();
  EXPECT_EQ(told.outcome == Outcome::bad, !told.fault.empty());
  return told;
}

Told decode_anyhow(const std::string& bytes) { return same_at_every_cut(bytes, decode); }

struct Row {
  const char* what;
  std::string bytes;
  std::string expected;  // the claim, or the fault
};

void expect_claims(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const auto told = decode_anyhow(row.bytes + "EHLO x\r\n");
    EXPECT_EQ(told.outcome, Outcome::header) << row.what << ": " << told.fault;
    EXPECT_EQ(told.consumed, row.bytes.size()) << row.what;
    EXPECT_EQ(told.claim, row.expected) << row.what;
    EXPECT_EQ(decode_anyhow(row.bytes.substr(0, row.bytes.size() - 1)).outcome, Outcome::need_more)
        << row.what;
  }
}

// Bad at the last of the bytes, and not before.
void expect_faults(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const auto told = decode_anyhow(row.bytes + "\r\nmore");
    EXPECT_EQ(told.outcome, Outcome::bad) << row.what << ": " << told.claim;
    EXPECT_EQ(told.consumed, row.bytes.size()) << row.what;
    EXPECT_EQ(told.fault, row.expected) << row.what;
    EXPECT_EQ(told.claim, "peer") << row.what;
  }
}

// A version 2 header: octets 13 and 14, then the block behind its length.
std::string v2(unsigned char command, unsigned char family, const std::string& block) {
  std::string header(kProxyV2Signature);
  header += static_cast<char>(command);
  header += static_cast<char>(family);
  header += static_cast<char>(block.size() >> 8);
  header += static_cast<char>(block.size() & 0xff);
  return header + block;
}

// A type, a length and a value.
std::string tlv(unsigned char type, const std::string& value) {
  return std::string(1, static_cast<char>(type)) + static_cast<char>(value.size() >> 8) +
         static_cast<char>(value.size() & 0xff) + value;
}

const std::string kTcp4Block = "\xc0\x00\x02\x01\xc6\x33\x64\x02\xdc\x04\x00\x19"s;
const std::string kTcp4Claim = "192.0.2.1:56324 > 198.51.100.2:25";
const std::string kTcp6Block =
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\x00\x01\xff\xff"s;
const std::string kMapped = std::string(10, '\0') + "\xff\xff";

TEST(ProxyHeaderDecoder, ReadsVersion1) {
  expect_claims({
      {"TCP4", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n", kTcp4Claim},
      {"TCP6", "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n",
       "[2001:db8::1]:1 > [2001:db8::2]:65535"},
      {"capital digits, written in full",
       "PROXY TCP6 2001:0DB8:0000:0000:0000:0000:0000:0001 2001:DB8::2 1 2\r\n",
       "[2001:db8::1]:1 > [2001:db8::2]:2"},
      {"v4-mapped", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c633:6402 56324 25\r\n", kTcp4Claim},
      {"one of them v4-mapped", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1 25\r\n",
       "192.0.2.1:1 > [2001:db8::2]:25"},
      {"ports at both ends", "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
       "0.0.0.0:0 > 255.255.255.255:65535"},
      {"unknown", "PROXY UNKNOWN\r\n", "peer"},
      {"unknown and a blank", "PROXY UNKNOWN \r\n", "peer"},
      {"unknown with addresses", "PROXY UNKNOWN 192.0.2.1 198.51.100.2 56324 25\r\n", "peer"},
      {"unknown with anything", "PROXY UNKNOWN \0 \x80 TCP4  \t\r\n"s, "peer"},
      {"unknown of 107 octets", "PROXY UNKNOWN " + std::string(91, 'f') + "\r\n", "peer"},
  });
}

TEST(ProxyHeaderDecoder, RefusesALineOfVersion1WhereItGoesWrong) {
  expect_faults({
      {"neither form", "E", "no PROXY header"},
      {"a digit", "2", "no PROXY header"},
      {"TLS", "\x16", "no PROXY header"},
      {"lower case", "p", "no PROXY header"},
      {"a blank in front", " ", "no PROXY header"},
      {"an empty line", "\n", "no PROXY header"},
      {"a word that begins like it", "PROXYX", "no PROXY header"},
      {"a tab", "PROXY\t", "no PROXY header"},
      {"nothing behind it", "PROXY\r", "no PROXY header"},
      {"bare LF", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\n", "bare LF in the line"},
      {"bare LF, unknown", "PROXY UNKNOWN a\n", "bare LF in the line"},
      {"bare CR", "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\rX", "bare CR in the line"},
      {"bare CR, unknown", "PROXY UNKNOWN a\rX", "bare CR in the line"},
      {"two CR", "PROXY UNKNOWN\r\r", "bare CR in the line"},
      {"no CRLF within 107 octets", "PROXY UNKNOWN " + std::string(93, 'f'),
       "line over 107 octets"},
      {"CRLF over the end", "PROXY UNKNOWN " + std::string(92, 'f') + "\r", "line over 107 octets"},
  });
}

TEST(ProxyHeaderDecoder, RefusesAnythingInALineOfVersion1ThatIsNotCanonical) {
  const std::string of_family = "not an address and port of its family";
  const std::string two_and_two = "not two addresses and two ports";
  const std::string families = "not TCP4, TCP6 or UNKNOWN";
  const Row rows[] = {
      {"no family", "", families},
      {"lower case", "tcp4 192.0.2.1 198.51.100.2 1 25", families},
      {"another family", "UDP4 192.0.2.1 198.51.100.2 1 25", families},
      {"unknown and more of the word", "UNKNOWNS", families},
      {"two blanks", " TCP4 192.0.2.1 198.51.100.2 1 25", families},
      {"two blanks later", "TCP4 192.0.2.1  198.51.100.2 1 25", two_and_two},
      {"a blank at the end", "TCP4 192.0.2.1 198.51.100.2 1 25 ", two_and_two},
      {"a tab for a blank", "TCP4 192.0.2.1\t198.51.100.2 1 25", two_and_two},
      {"no port", "TCP4 192.0.2.1 198.51.100.2 1", two_and_two},
      {"one word more", "TCP4 192.0.2.1 198.51.100.2 1 25 x", two_and_two},
      {"only the family", "TCP4", two_and_two},
      {"a tab behind a port", "TCP4 192.0.2.1 198.51.100.2 1 25\t", of_family},
      {"leading zero in a port", "TCP4 192.0.2.1 198.51.100.2 01 25", of_family},
      {"zeros", "TCP4 192.0.2.1 198.51.100.2 1 00", of_family},
      {"port too large", "TCP4 192.0.2.1 198.51.100.2 1 65536", of_family},
      {"port far too large", "TCP4 192.0.2.1 198.51.100.2 18446744073709551617 25", of_family},
      {"signed port", "TCP4 192.0.2.1 198.51.100.2 +1 25", of_family},
      {"negative port", "TCP4 192.0.2.1 198.51.100.2 -1 25", of_family},
      {"hexadecimal port", "TCP4 192.0.2.1 198.51.100.2 0x19 25", of_family},
      {"empty port", "TCP4 192.0.2.1 198.51.100.2  25", of_family},
      {"IPv6 in TCP4", "TCP4 2001:db8::1 198.51.100.2 1 25", of_family},
      {"IPv6 in TCP4, destination", "TCP4 192.0.2.1 2001:db8::1 1 25", of_family},
      {"v4-mapped in TCP4", "TCP4 ::ffff:192.0.2.1 198.51.100.2 1 25", of_family},
      {"IPv4 in TCP6", "TCP6 192.0.2.1 2001:db8::1 1 25", of_family},
      {"IPv4 in TCP6, destination", "TCP6 2001:db8::1 192.0.2.1 1 25", of_family},
      {"leading zeros in an address", "TCP4 192.0.002.1 198.51.100.2 1 25", of_family},
      {"octal address", "TCP4 010.0.0.1 198.51.100.2 1 25", of_family},
      {"short address", "TCP4 192.1 198.51.100.2 1 25", of_family},
      {"octet too large", "TCP4 192.0.2.256 198.51.100.2 1 25", of_family},
      {"NUL behind an address", "TCP4 192.0.2.1\0 198.51.100.2 1 25"s, of_family},
      {"scope id", "TCP6 fe80::1%eth0 2001:db8::1 1 25", of_family},
      {"brackets", "TCP6 [2001:db8::1] 2001:db8::2 1 25", of_family},
      {"a name", "TCP4 mx.test 198.51.100.2 1 25", of_family},
      {"empty address", "TCP4  198.51.100.2 1 25", of_family},
  };
  std::vector<Row> lines;
  for (const auto& row : rows) {
    lines.push_back({row.what, "PROXY " + row.bytes + "\r\n", row.expected});
  }
  expect_faults(lines);
}

TEST(ProxyHeaderDecoder, ReadsVersion2) {
  const std::string unix_block(216, '/');
  expect_claims({
      {"TCP4", v2(0x21, 0x11, kTcp4Block), kTcp4Claim},
      {"TCP6", v2(0x21, 0x21, kTcp6Block), "[2001:db8::1]:1 > [2001:db8::2]:65535"},
      {"v4-mapped",
       v2(0x21, 0x21,
          kMapped + kTcp4Block.substr(0, 4) + kMapped + kTcp4Block.substr(4, 4) +
              kTcp4Block.substr(8)),
       kTcp4Claim},
      {"TLVs are passed over",
       v2(0x21, 0x11, kTcp4Block + tlv(0x02, "mx.test") + tlv(0x04, "") + tlv(0xea, "\r\n")),
       kTcp4Claim},
      {"as long as it may be",
       v2(0x21, 0x11, kTcp4Block + tlv(0x04, std::string(2048 - 12 - 3, '\0'))), kTcp4Claim},
      {"local", v2(0x20, 0x00, ""), "peer"},
      {"local with addresses", v2(0x20, 0x11, kTcp4Block), "peer"},
      {"local ignores its family", v2(0x20, 0xff, "what it likes"), "peer"},
      {"local ignores its block", v2(0x20, 0x21, "\x03\xff"), "peer"},
      {"UNSPEC", v2(0x21, 0x00, ""), "peer"},
      {"UNSPEC with a block", v2(0x21, 0x00, kTcp4Block + "\x04\xff"), "peer"},
      {"UNSPEC family", v2(0x21, 0x01, ""), "peer"},
      {"UNSPEC protocol", v2(0x21, 0x10, kTcp4Block), "peer"},
      {"UNSPEC protocol without addresses", v2(0x21, 0x10, ""), "peer"},
      {"UDP4", v2(0x21, 0x12, kTcp4Block), "peer"},
      {"UDP6", v2(0x21, 0x22, kTcp6Block), "peer"},
      {"UNIX stream", v2(0x21, 0x31, unix_block), "peer"},
      {"UNIX datagram, with a TLV", v2(0x21, 0x32, unix_block + tlv(0x04, "x")), "peer"},
  });
}

// The first `length` octets.
std::string first(std::size_t length, const std::string& header) {
  return header.substr(0, length);
}

TEST(ProxyHeaderDecoder, RefusesAHeaderOfVersion2WhereItGoesWrong) {
  const std::string short_block = "shorter than the addresses of its family";
  const std::string tlv_over = "a TLV runs over the end";
  expect_faults({
      {"another signature", "\r\n\r\n\0\r\nQUIX"s, "no PROXY header"},
      {"no NUL in the signature", "\r\n\r\n\r", "no PROXY header"},
      {"version 1", first(13, v2(0x11, 0x11, kTcp4Block)), "version is not 2"},
      {"version 3", first(13, v2(0x31, 0x11, kTcp4Block)), "version is not 2"},
      {"version 0", first(13, v2(0x00, 0x00, "")), "version is not 2"},
      {"another command", first(13, v2(0x22, 0x11, kTcp4Block)), "neither LOCAL nor PROXY"},
      {"the last command", first(13, v2(0x2f, 0x11, kTcp4Block)), "neither LOCAL nor PROXY"},
      {"another family", first(16, v2(0x21, 0x41, kTcp4Block)), "unknown family or protocol"},
      {"another protocol", first(16, v2(0x21, 0x13, kTcp4Block)), "unknown family or protocol"},
      {"both", first(16, v2(0x21, 0xff, kTcp4Block)), "unknown family or protocol"},
      {"another family without protocol", first(16, v2(0x21, 0x40, "")),
       "unknown family or protocol"},
      {"too long", first(16, v2(0x21, 0x11, std::string(2049, '\0'))), "header over 2064 octets"},
      {"as long as can be said", first(16, v2(0x21, 0x11, std::string(65'535, '\0'))),
       "header over 2064 octets"},
      {"local, too long", first(16, v2(0x20, 0x00, std::string(2049, '\0'))),
       "header over 2064 octets"},
      {"TCP4 without addresses", first(16, v2(0x21, 0x11, "")), short_block},
      {"TCP4, short", first(16, v2(0x21, 0x11, kTcp4Block.substr(1))), short_block},
      {"TCP6, short", first(16, v2(0x21, 0x21, kTcp6Block.substr(1))), short_block},
      {"TCP6 with IPv4", first(16, v2(0x21, 0x21, kTcp4Block)), short_block},
      {"UDP4, short", first(16, v2(0x21, 0x12, kTcp4Block.substr(1))), short_block},
      {"UNIX, short", first(16, v2(0x21, 0x31, std::string(215, '/'))), short_block},
      {"one octet of a TLV", v2(0x21, 0x11, kTcp4Block + "\x04"), tlv_over},
      {"half a length", v2(0x21, 0x11, kTcp4Block + "\x04\0"s), tlv_over},
      {"TLV one octet short", v2(0x21, 0x11, kTcp4Block + "\x04\0\x02x"s), tlv_over},
      {"longest TLV", v2(0x21, 0x11, kTcp4Block + "\x04\xff\xff"s + "x"), tlv_over},
      {"second TLV", v2(0x21, 0x11, kTcp4Block + tlv(0x01, "x") + "\x04\0\x01"s), tlv_over},
      {"TLV behind UDP", v2(0x21, 0x12, kTcp4Block + "\x04\0\x01"s), tlv_over},
  });
}

TEST(ProxyHeaderDecoder, VerifiesTheChecksum) {
  // Of the header with zeros for the value, computed by another implementation of CRC-32C.
  const std::string sum = "\x4e\x45\x3c\xfc"s;
  const auto with = [](const std::string& value) {
    return v2(0x21, 0x11, kTcp4Block + tlv(0x02, "mx.test") + tlv(0x03, value) + tlv(0x04, "pad"));
  };
  expect_claims({{"right", with(sum), kTcp4Claim}});

  const std::string wrong = "wrong checksum";
  auto reversed = sum;
  std::swap(reversed[0], reversed[3]);
  std::swap(reversed[1], reversed[2]);
  auto other_source = with(sum);
  other_source[16] = '\xc1';
  auto other_padding = with(sum);
  other_padding.back() = 'D';
  expect_faults({
      {"zeros", with(std::string(4, '\0')), wrong},
      {"little-endian", with(reversed), wrong},
      {"too short", with(sum.substr(0, 3)), wrong},
      {"too long", with("\xac\xf9\xf8\x6c\0"s), wrong},  // right, but for its length
      {"empty", with(""), wrong},
      {"empty, at the end", v2(0x21, 0x11, kTcp4Block + tlv(0x03, "")), wrong},
      {"another address", other_source, wrong},
      {"another octet behind it", other_padding, wrong},
  });
}

TEST(ProxyHeaderDecoder, ReadsWhatWeWrite) {
  const char* endpoints[] = {"192.0.2.1:56324", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:1",
                             "[2001:1db8:1111:1111:1111:1111:1111:1111]:65535"};
  for (const auto* source_text : endpoints) {
    for (const auto* destination_text : endpoints) {
      const auto source = Endpoint::parse(source_text);
      const auto destination = Endpoint::parse(destination_text);
      ASSERT_TRUE(source && destination);
      const auto claim = source->to_string() + " > " + destination->to_string();
      expect_claims({{"version 1", proxy_header_v1(*source, *destination), claim},
                     {"version 2", proxy_header_v2(*source, *destination), claim}});
    }
  }
  expect_claims({{"version 1, of our own", proxy_header_v1_own(), "peer"},
                 {"version 2, of our own", proxy_header_v2_own(), "peer"}});
}

TEST(ProxyHeaderDecoder, StaysWhereItCameToAnEnd) {
  ProxyHeaderDecoder good;
  const auto header = proxy_header_v1_own();
  EXPECT_EQ(good.decode(header + "EHLO").consumed, header.size());
  EXPECT_EQ(good.decode("EHLO").outcome, Outcome::header);
  EXPECT_EQ(good.decode("EHLO").consumed, 0u);

  ProxyHeaderDecoder bad;
  EXPECT_EQ(bad.decode("EHLO").consumed, 1u);
  EXPECT_EQ(bad.decode(header).outcome, Outcome::bad);
  EXPECT_EQ(bad.decode(header).consumed, 0u);
  EXPECT_EQ(bad.decode("").outcome, Outcome::bad);
}

TEST(ProxyHeaderDecoder, TakesNothingForNothing) {
  ProxyHeaderDecoder decoder;
  EXPECT_EQ(decoder.decode({}).outcome, Outcome::need_more);
  EXPECT_EQ(decoder.decode({}).consumed, 0u);
}

}  // namespace
}  // namespace gatepost
