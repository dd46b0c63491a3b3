// Tests of wire/maillog/journal_export.h.
#include "wire/maillog/journal_export.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

const LogClock kClock{wall_time(1'795'327'200'000), Duration{}};

std::string binary(std::string_view name, std::string_view value) {
  std::string field(name);
  field += '\n';
  for (unsigned i = 0; i < 8; ++i) field += static_cast<char>(value.size() >> (8 * i) & 0xff);
  field += value;
  return field + '\n';
}

const std::string kEntry =
    "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795327198250123\n_HOSTNAME=mx\n_PID=4711\n"
    "SYSLOG_IDENTIFIER=postfix/smtpd\nMESSAGE=connect from x[192.0.2.1]\n\n";

TEST(JournalExport, IsReadAsEvents) {
  const auto event = MailLogReader(kClock).read_entry(kEntry);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, LogEvent::Kind::connected);
  EXPECT_EQ(event->time, wall_time(1'795'327'198'250));
  EXPECT_EQ(event->host, "mx");
  EXPECT_EQ(event->visit, "4711");
  EXPECT_EQ(event->client, Address::parse("192.0.2.1"));
}

TEST(JournalExport, EndsAtAnEmptyLineThatIsNoneOfAValue) {
  const auto entry = "__CURSOR=a\n" + binary("DATA", "x\n\nMESSAGE=y\n\n") +
                     binary("MESSAGE", "connect from x[192.0.2.1]") +
                     "SYSLOG_IDENTIFIER=" + "postfix/smtpd\n\n";
  EXPECT_TRUE(begins_journal_export(entry));
  JournalEntryEnd end;
  EXPECT_EQ(end.find(entry + kEntry), entry.size());
  const auto event = MailLogReader(kClock).read_entry(entry);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->client, Address::parse("192.0.2.1"));
}

TEST(JournalExport, EndsWhereItEndsHoweverItComes) {
  const auto entry = "__CURSOR=a\n" + binary("MESSAGE", "one\ntwo") + "\n";
  JournalEntryEnd end;
  for (std::size_t size = 0; size < entry.size(); ++size)
    ASSERT_FALSE(end.find(std::string_view(entry).substr(0, size))) << size;
  EXPECT_EQ(end.find(entry), entry.size());
}

TEST(JournalExport, ALengthThatCannotBeIsALineOfSomethingElse) {
  const std::string text = "no journal\nat all, this is text\n\n";
  JournalEntryEnd end;
  EXPECT_EQ(end.find(text + "and then some more of it"), text.size());
  EXPECT_FALSE(read_journal_entry(text));
  EXPECT_FALSE(MailLogReader(kClock).read_entry(text));
}

TEST(JournalExport, AContainersMessageIsALineOfItsOwn) {
  const std::string line = "Nov 22 05:59:58 mx postfix/smtpd[7]: connect from x[192.0.2.1]\n\n";
  const std::string head = "__REALTIME_TIMESTAMP=1795327198250123\nSYSLOG_IDENTIFIER=0a1b2c\n";
  EXPECT_TRUE(MailLogReader(kClock).read_entry(head + "CONTAINER_NAME=mail\nMESSAGE=" + line));
  // What any other program writes may be a stranger's words.
  EXPECT_FALSE(MailLogReader(kClock).read_entry(head + "MESSAGE=" + line));
}

}  // namespace
}  // namespace gatepost
