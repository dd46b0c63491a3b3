// Tests of model/host_name.h.
#include "model/host_name.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

TEST(HostName, IsOneSpelling) {
  EXPECT_EQ(host_name("mail.example.org"), "mail.example.org");
  EXPECT_EQ(host_name("Mail.EXAMPLE.org."), "mail.example.org");
  EXPECT_EQ(host_name("_dmarc.x-1.example"), "_dmarc.x-1.example");
  EXPECT_EQ(host_name("localhost"), "localhost");
  EXPECT_EQ(host_name("1-2-3-4.4com"), "1-2-3-4.4com");
}

TEST(HostName, IsNothingElse) {
  const std::string long_label(64, 'a');
  for (const std::string text : {"",
                                 ".",
                                 "..",
                                 "a..b",
                                 ".a",
                                 "a b",
                                 "a/b",
                                 "a\\.b",
                                 "a\tb",
                                 "a\r\nb",
                                 "-a.example",
                                 "a-.example",
                                 "b\xc3\xbc.example",
                                 "*.example",
                                 "a@b",
                                 "192.0.2.1",
                                 "1",
                                 "[192.0.2.1]",
                                 "2001:db8::1",
                                 "a..",
                                 long_label.c_str()}) {
    EXPECT_EQ(host_name(text), std::nullopt) << text;
  }
  EXPECT_EQ(host_name(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(HostName, HasBounds) {
  const std::string label(63, 'a');
  const auto longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  ASSERT_EQ(longest.size(), kHostNameLengthMax);
  EXPECT_EQ(host_name(longest), longest);
  EXPECT_EQ(host_name(longest + '.'), longest);
  EXPECT_EQ(host_name(longest + 'b'), std::nullopt);
}

}  // namespace
}  // namespace gatepost
