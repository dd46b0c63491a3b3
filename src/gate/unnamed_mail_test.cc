// Tests of gate/unnamed_mail.h.
#include "gate/unnamed_mail.h"

#include <gtest/gtest.h>

#include "gate/message_names.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kAt = wall_time(1'795'327'200'000);
const Address kClient = Address::v4(0xc0000201);
const auto kFirst = key_of_name("1");
const auto kSecond = key_of_name("2");

TEST(UnnamedMail, IsTakenOnceAndInItsOrder) {
  UnnamedMail mail;
  mail.add(kClient, kFirst, kAt);
  mail.add(kClient, kSecond, kAt);
  EXPECT_EQ(mail.take(kClient, kAt), kFirst);
  EXPECT_EQ(mail.take(kClient, kAt), kSecond);
  EXPECT_FALSE(mail.take(kClient, kAt));
}

TEST(UnnamedMail, IsOfItsClientAndTime) {
  UnnamedMail mail;
  mail.add(kClient, kFirst, kAt);
  EXPECT_FALSE(mail.take(Address::v4(0xc0000202), kAt));
  EXPECT_FALSE(mail.take(kClient, kAt - 61s));
  EXPECT_FALSE(mail.take(kClient, kAt + 61s));
  mail.add(kClient, kSecond, kAt + 2min);
  EXPECT_EQ(mail.take(kClient, kAt + 61s), kSecond);
  EXPECT_EQ(mail.take(kClient, kAt + 60s), kFirst);
}

TEST(UnnamedMail, IsForgotten) {
  UnnamedMail mail;
  mail.add(kClient, kFirst, kAt);
  mail.add(kClient, kSecond, kAt + 1s);
  mail.forget(kAt + 1s);
  EXPECT_EQ(mail.take(kClient, kAt), kSecond);
  mail.forget(kAt + 1h);
}

TEST(UnnamedMail, IsBounded) {
  UnnamedMail mail;
  mail.add(kClient, kFirst, kAt);
  mail.add(kClient, kSecond, kAt);
  for (std::uint32_t i = 1; i < UnnamedMail::kMessagesMax; ++i)
    mail.add(Address::v4(i), kFirst, kAt);
  EXPECT_EQ(mail.take(kClient, kAt), kSecond);
}

}  // namespace
}  // namespace gatepost
