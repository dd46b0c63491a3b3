// Tests of gate/message_names: whoever speaks of a message calls it by the same name.
#include "gate/message_names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

const Address kClient = Address::v4(0xc0000201);
const std::string kDate = "; Sun, 22 Nov 2026 06:00:00 +0000";

MessageKey key_by_header(const std::string& received, const std::string& message_id = "1@x") {
  const std::vector<HeaderField> fields{{"Received", received + kDate},
                                        {"Message-ID", '<' + message_id + '>'}};
  const auto border = find_border(fields, {});
  EXPECT_EQ(border.refused, NoBorder::none) << received;
  return key_of_delivery(fields, border);
}

TEST(QueueIdInReply, IsFoundInWhatServersAnswer) {
  const struct {
    const char* text;
    const char* id;
  } rows[] = {
      {"2.0.0 Ok: queued as 4XYZ1k3lYFz9rvM", "4XYZ1k3lYFz9rvM"},
      {"2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 6F1D21A05", "6F1D21A05"},
      {"Ok: queued as 4XYZ.", "4XYZ"},
      {"OK id=1tExab-000000001Qz-2x3Y", "1tExab-000000001Qz-2x3Y"},
      {"2.0.0 5AM6QpZx012345 Message accepted for delivery", "5AM6QpZx012345"},
      {"2.0.0: 1a2b3c4d Message accepted for delivery", "1a2b3c4d"},
      {"12345 message accepted for delivery", "12345"},
      {"Message Queued (8A9E1C2B-0F3D-4E5A-9B8C-7D6E5F4A3B2C.1)",
       "8A9E1C2B-0F3D-4E5A-9B8C-7D6E5F4A3B2C.1"},
      {"2.6.0 <a@b> [InternalId=4711, Hostname=ex1] 1234 bytes in 0.1, 9 KB/sec Queued mail for "
       "delivery",
       ""},
      {"ok 1700000000 qp 4711", ""},
      {"2.0.0 Ok", ""},
      {"queued as ", ""},
      {"queued as <4XYZ>", ""},
      {"queued as 4X\xc3\xa4", ""},
      {" message accepted for delivery", ""},
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(queue_id_in_reply(row.text), row.id) << row.text;
  EXPECT_EQ(queue_id_in_reply("queued as " + std::string(101, 'A')), "");
}

TEST(MessageKey, IsTheSameByLogByHeaderAndByAnswer) {
  const struct {
    const char* received;
    const char* answer;
    const char* line;
    MailServer server;
  } rows[] = {
      {"from pc (mail.example.net [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id "
       "4XYZ1k3lYFz9rvM for <kim@example.org>",
       "2.0.0 Ok: queued as 4XYZ1k3lYFz9rvM",
       "Nov 22 06:00:00 mx postfix/smtpd[1]: 4XYZ1k3lYFz9rvM: client=mail.example.net[192.0.2.1]",
       MailServer::postfix},
      {"from mail.example.net ([192.0.2.1] helo=pc) by mx.example.org with esmtp (Exim 4.96) "
       "(envelope-from <a@example.net>) id 1tExab-0000001Qz2x-3YzA for kim@example.org",
       "OK id=1tExab-0000001Qz2x-3YzA",
       "2026-11-22 06:00:00 1tExab-0000001Qz2x-3YzA <= a@example.net H=mail.example.net (pc) "
       "[192.0.2.1] P=esmtp S=500",
       MailServer::exim},
      {"from pc (mail.example.net [192.0.2.1]) by mx.example.org (8.17.1/8.17.1) with ESMTP id "
       "5AM600aa012345 for <kim@example.org>",
       "2.0.0 5AM600aa012345 Message accepted for delivery",
       "Nov 22 06:00:00 mx sendmail[1]: 5AM600aa012345: from=<a@example.net>, size=500, class=0, "
       "nrcpts=1, msgid=<1@x>, proto=ESMTP, daemon=MTA, relay=mail.example.net [192.0.2.1]",
       MailServer::sendmail},
  };
  for (const auto& row : rows) {
    const auto by_header = key_by_header(row.received);
    EXPECT_EQ(by_header, key_of_queued(kClient, queue_id_in_reply(row.answer))) << row.answer;
    const auto event = read_mail_log(row.line, LogClock{wall_time(1'795'330'000'000)}, row.server);
    ASSERT_TRUE(event) << row.line;
    EXPECT_EQ(by_header, key_of_queued(kClient, event->transaction)) << row.line;
  }
}

TEST(MessageKey, DiffersByClientByNameAndByKindOfName) {
  const std::set<MessageKey> keys{
      key_of_queued(kClient, "4XYZ"),
      key_of_queued(kClient, "4xyz"),
      key_of_queued(Address::v4(0xc0000202), "4XYZ"),
      key_of_message_id(kClient, "4XYZ"),
      key_of_name("4XYZ"),
  };
  EXPECT_EQ(keys.size(), 5u);
}

TEST(MessageKey, OfAServerThatHasNoQueueIdIsTheSendersName) {
  const std::string exchange =
      "from mail.example.net (192.0.2.1) by EX1.example.org (10.1.1.5) with Microsoft SMTP Server "
      "id 15.1.2507.39";
  EXPECT_NE(key_by_header(exchange, "1@x"), key_by_header(exchange, "2@x"))
      << "its version is no name of a message";
  const std::string qmail = "from mail.example.net (192.0.2.1) by mx with SMTP";
  EXPECT_NE(key_by_header(qmail, "1@x"), key_by_header(qmail, "2@x"));
  EXPECT_EQ(key_by_header(qmail, "1@x"), key_by_header(qmail, "1@x"));
  const auto came = wall_time(1'795'327'200'000);
  EXPECT_EQ(key_by_header(qmail, "1@x"), key_of_message_id(kClient, "1@x", came + 59min))
      << "as doors and logs call it";
  EXPECT_NE(key_by_header(qmail, "1@x"), key_of_message_id(kClient, "1@x", came - 1s))
      << "a sender may use one for all of his mail";
}

}  // namespace
}  // namespace gatepost
