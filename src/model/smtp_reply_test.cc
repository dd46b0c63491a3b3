// Tests of model/smtp_reply.h.
#include "model/smtp_reply.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gatepost {
namespace {

struct WireRow {
  SmtpReply reply;
  std::string wire;
};

TEST(SmtpReplyWire, WritesEveryLineWithItsCode) {
  const WireRow rows[] = {
      {{220, "", "mx.example.org ESMTP"}, "220 mx.example.org ESMTP\r\n"},
      {{250, "2.1.0", "ok"}, "250 2.1.0 ok\r\n"},
      {{250, "", "mx\nPIPELINING\nSIZE 1"}, "250-mx\r\n250-PIPELINING\r\n250 SIZE 1\r\n"},
      {{554, "5.7.1", "no\ngo"}, "554-5.7.1 no\r\n554 5.7.1 go\r\n"},
      {{354, "", ""}, "354 \r\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(row.reply.wire(), row.wire);
}

TEST(SmtpReplyWire, CannotBeBrokenOutOf) {
  const SmtpReply reply{550, "5.7.1", std::string("a\r250 ok\0b\x1b\x7f\xc3\xa4\tc", 16)};
  EXPECT_EQ(reply.wire(), "550 5.7.1 a?250 ok?b?????c\r\n");
}

TEST(SmtpReplyWire, CutsLinesAt512Octets) {
  const SmtpReply reply{451, "4.3.0", std::string(500, 'x') + "\n" + std::string(3'000, 'y')};
  const auto wire = reply.wire();
  const auto lines = split(wire, '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "451-4.3.0 " + std::string(500, 'x') + "\r") << "just fits, nothing is cut";
  EXPECT_EQ(lines[1].size() + 1, 512u);
  EXPECT_EQ(lines[1].substr(0, 11), "451 4.3.0 y");
  EXPECT_EQ(lines[1].back(), '\r');
  EXPECT_EQ(lines[2], "");
}

TEST(SmtpReplyValue, KnowsItsClass) {
  const auto classes = [](int code) {
    const SmtpReply reply{code, "", ""};
    return std::string(reply.positive() ? "p" : "") + (reply.temporary() ? "t" : "") +
           (reply.permanent() ? "f" : "");
  };
  for (const int code : {200, 220, 250, 299, 354}) EXPECT_EQ(classes(code), "p") << code;
  for (const int code : {400, 421, 499}) EXPECT_EQ(classes(code), "t") << code;
  for (const int code : {500, 550, 599}) EXPECT_EQ(classes(code), "f") << code;
}

TEST(SmtpReplyDeathTest, HoldsOurOwnRepliesToTheirForm) {
  EXPECT_DEATH((void)(SmtpReply{550, "4.7.1", "x"}.wire()), "enhanced");
  EXPECT_DEATH((void)(SmtpReply{0, "", "x"}.wire()), "code");
}

}  // namespace
}  // namespace gatepost
