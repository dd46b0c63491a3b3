// Tests of gate/unjoined_mail.h.
#include "gate/unjoined_mail.h"

#include <gtest/gtest.h>

#include "gate/message_names.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kAt = wall_time(1'795'327'200'000);
const Address kClient = Address::v4(0xc0000201);
const auto kFirst = key_of_name("1");
const auto kSecond = key_of_name("2");

TEST(UnjoinedMail, IsTakenOnceAndInItsOrder) {
  UnjoinedMail mail;
  mail.add({kClient, {}, kFirst, kAt});
  mail.add({kClient, {}, kSecond, kAt});
  EXPECT_EQ(mail.take(kClient, {}, kAt), kFirst);
  EXPECT_EQ(mail.take(kClient, {}, kAt), kSecond);
  EXPECT_FALSE(mail.take(kClient, {}, kAt));
}

TEST(UnjoinedMail, IsOfItsClientAndTime) {
  UnjoinedMail mail;
  mail.add({kClient, {}, kFirst, kAt});
  EXPECT_FALSE(mail.take(Address::v4(0xc0000202), {}, kAt));
  EXPECT_FALSE(mail.take(kClient, {}, kAt - 61s));
  EXPECT_FALSE(mail.take(kClient, {}, kAt + 61s));
  mail.add({kClient, {}, kSecond, kAt + 2min});
  EXPECT_EQ(mail.take(kClient, {}, kAt + 61s), kSecond);
  EXPECT_EQ(mail.take(kClient, {}, kAt + 60s), kFirst);
}

TEST(UnjoinedMail, IsOfItsMessageId) {
  UnjoinedMail mail;
  const auto id = digest_of_message_id("1@x");
  mail.add({kClient, {}, kFirst, kAt});
  mail.add({kClient, id, kSecond, kAt});
  EXPECT_FALSE(mail.take(kClient, digest_of_message_id("2@x"), kAt));
  EXPECT_EQ(mail.take(kClient, id, kAt), kSecond);
  EXPECT_FALSE(mail.take(kClient, id, kAt));
  EXPECT_EQ(mail.take(kClient, {}, kAt), kFirst);
}

TEST(UnjoinedMail, IsForgotten) {
  UnjoinedMail mail;
  mail.add({kClient, {}, kFirst, kAt});
  mail.add({kClient, {}, kSecond, kAt + 1s});
  mail.forget(kAt + 1s);
  EXPECT_EQ(mail.take(kClient, {}, kAt), kSecond);
  mail.forget(kAt + 1h);
}

TEST(UnjoinedMail, IsBounded) {
  UnjoinedMail mail;
  mail.add({kClient, {}, kFirst, kAt});
  mail.add({kClient, {}, kSecond, kAt});
  for (std::uint32_t i = 1; i < UnjoinedMail::kMessagesMax; ++i)
    mail.add({Address::v4(i), {}, kFirst, kAt});
  EXPECT_EQ(mail.take(kClient, {}, kAt), kSecond);
}

}  // namespace
}  // namespace gatepost
