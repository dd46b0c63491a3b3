// Tests of base/bytes.h and base/result.h.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/result.h"

namespace gatepost {
namespace {

TEST(Bytes, WritesBigEndian) {
  std::string out;
  ByteWriter writer(out);
  writer.integer(std::uint8_t{0x21});
  writer.integer(std::uint16_t{0x0102});
  writer.integer(std::uint32_t{0x03040506});
  writer.integer(std::int64_t{-2});
  writer.text("ab");
  EXPECT_EQ(out, std::string("\x21\x01\x02\x03\x04\x05\x06\xff\xff\xff\xff\xff\xff\xff\xfe\x00\x02"
                             "ab",
                             19));
}

TEST(Bytes, ReadsWhatWasWritten) {
  std::string out;
  ByteWriter writer(out);
  writer.integer(std::numeric_limits<std::int64_t>::min());
  writer.integer(std::int32_t{-1});
  writer.text(std::string_view("\0x", 2));
  writer.text("");
  ByteReader reader(out);
  EXPECT_EQ(reader.integer<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.integer<std::int32_t>(), -1);
  EXPECT_EQ(reader.text(), std::string_view("\0x", 2));
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.failed());
}

TEST(Bytes, CutsLongText) {
  std::string out;
  ByteWriter(out).text(std::string(70'000, 'x'));
  EXPECT_EQ(out.size(), 2u + 65'535u);
  ByteReader reader(out);
  EXPECT_EQ(reader.text().size(), 65'535u);
  EXPECT_TRUE(reader.at_end());
}

TEST(Bytes, StaysFailedBehindTheEnd) {
  ByteReader reader(std::string_view("\x01\x02\x03", 3));
  EXPECT_EQ(reader.integer<std::uint32_t>(), 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.integer<std::uint8_t>(), 0u)
      << "what is left must not be read as something else";
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.failed());
}

TEST(Bytes, RefusesALengthThatLies) {
  ByteReader reader(
      std::string_view("\xff\xff"
                       "abc",
                       5));
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.failed());
}

TEST(Bytes, AreComparedFromTheFirstOn) {
  std::array<std::uint8_t, 16> some{};
  for (std::size_t i = 0; i < some.size(); ++i) {
    auto other = some;
    EXPECT_EQ(compare_bytes(some, other), std::strong_ordering::equal);
    other.at(i) = 0x80;
    EXPECT_EQ(compare_bytes(some, other), std::strong_ordering::less) << i;
    EXPECT_EQ(compare_bytes(other, some), std::strong_ordering::greater) << i;
    if (i + 1 < some.size()) some.at(i + 1) = 0xff;  // behind it: makes no difference
    EXPECT_EQ(compare_bytes(some, other), std::strong_ordering::less) << i;
    some = {};
  }
}

TEST(Result, HoldsAValueOrAReason) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  const Result<int> reason = Error{"no seven"};
  EXPECT_FALSE(reason);
  EXPECT_EQ(reason.error(), "no seven");
  EXPECT_THROW((void)reason.value(), std::bad_variant_access);
  EXPECT_THROW((void)value.error(), std::bad_variant_access);
  const Result<std::string> text = std::string("a string is a value, never an error");
  EXPECT_TRUE(text.ok());
}

}  // namespace
}  // namespace gatepost
