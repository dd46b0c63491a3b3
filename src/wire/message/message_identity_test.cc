// Tests of wire/message/message_identity.h.
#include "wire/message/message_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace gatepost {
namespace {

std::string id_of(const std::string& header) {
  return message_id_of(split_message(header + "\n").fields);
}

TEST(MessageIdOf, IsWhatStandsInTheField) {
  EXPECT_EQ(id_of("Message-ID: <1@example.net>\n"), "1@example.net");
  EXPECT_EQ(id_of("message-id:\n\t<AbC@example.net> \n"), "AbC@example.net");
  EXPECT_EQ(id_of("Message-Id: 1@example.net\n"), "1@example.net");
  EXPECT_EQ(id_of("Message-Id: <" + std::string(kMessageIdMax, 'x') + ">\n"),
            std::string(kMessageIdMax, 'x'));
}

TEST(MessageIdOf, IsNoneWhereItCouldBeTwoOrAnything) {
  for (const std::string header :
       {"", "Subject: x\n", "Message-ID:\n", "Message-ID: <>\n", "Message-ID: <a b>\n",
        "Message-ID: <1@x>\nMessage-ID: <1@x>\n", "Message-ID: <\xc3\xbc>\n"})
    EXPECT_EQ(id_of(header), "") << header;
  EXPECT_EQ(id_of("Message-Id: <" + std::string(kMessageIdMax + 1, 'x') + ">\n"), "");
}

const std::string kHop = "Received: from x ([192.0.2.1]) by mx with SMTP id 1; Sun, 22 Nov 2026\n";
const std::string kId = "Message-ID: <1@example.net>\n";

RecordKey::Bytes digest_of(const std::string& header, std::size_t border) {
  return delivery_digest(split_message(header + "\n").fields, border);
}

TEST(DeliveryDigest, IsOneForAllCopiesOfADelivery) {
  const auto digest = digest_of(kHop + kId + "Subject: x\n", 0);
  EXPECT_EQ(digest_of("Delivered-To: a\nReceived: y\n" + kHop + kId + "Subject: x\n", 2), digest);
  EXPECT_EQ(digest_of(kHop + "X-Spam-Flag: NO\nSubject: [spam] x\nTo: b\n" + kId, 0), digest);
  EXPECT_EQ(
      digest_of("Received: from x  ([192.0.2.1])\n\tby mx with SMTP id 1; Sun, 22 Nov 2026\n" + kId,
                0),
      digest);
}

TEST(DeliveryDigest, DiffersFromDeliveryToDelivery) {
  const auto digest = digest_of(kHop + kId, 0);
  EXPECT_NE(
      digest_of("Received: from x ([192.0.2.1]) by mx with SMTP id 2; Sun, 22 Nov 2026\n" + kId, 0),
      digest);
  EXPECT_NE(digest_of(kHop + "Message-ID: <2@example.net>\n", 0), digest);
}

TEST(DeliveryDigest, LooksAtMoreWhereThereIsNoId) {
  const auto digest = digest_of(kHop + "Date: 1\nFrom: a\nSubject: x\n", 0);
  EXPECT_EQ(digest_of("Subject: ours\n" + kHop + "Date: 1\nFrom: a\nTo: c\nSubject: \n x\n", 1),
            digest);
  EXPECT_NE(digest_of(kHop + "Date: 2\nFrom: a\nSubject: x\n", 0), digest);
  EXPECT_NE(digest_of(kHop + "Date: 1\nFrom: b\nSubject: x\n", 0), digest);
  EXPECT_NE(digest_of(kHop + "Date: 1\nFrom: a\nSubject: y\n", 0), digest);
}

}  // namespace
}  // namespace gatepost
