// Tests of model/ban: a ban in one line.
#include "model/ban.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

Ban ban_for(CheckName reason, std::string remark) {
  return {*Network::parse("192.0.2.7"),
          BanScope::mail,
          wall_time(1),
          wall_time(2),
          reason,
          "X-1",
          std::move(remark)};
}

TEST(Ban, IsDescribedByItsReason) {
  EXPECT_EQ(describe(ban_for(CheckName::trap, "")), "192.0.2.7 jailed for trap; id X-1");
  EXPECT_EQ(describe(ban_for(CheckName::operator_, "by DROP")),
            "192.0.2.7 banned: by DROP; id X-1");
}

TEST(Ban, IsDescribedInOneLineOfPrintableAscii) {
  const auto text = describe(ban_for(CheckName::operator_, "a\nb\"\xff" + std::string(1000, 'x')));
  for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~') << text;
  EXPECT_LT(text.size(), 250u);
}

}  // namespace
}  // namespace gatepost
