// Tests of wire/smtp/xclient.h.
#include "wire/smtp/xclient.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatepost {
namespace {

using namespace std::string_literals;
using Name = XclientFacts::Name;

const std::vector<std::string> kAll = {"NAME",  "ADDR",  "PORT",     "PROTO",   "HELO",
                                       "LOGIN", "IDENT", "DESTADDR", "DESTPORT"};

XclientFacts facts() {
  return {*Endpoint::parse("192.0.2.1:56324"),
          *Endpoint::parse("198.51.100.2:25"),
          "client.test",
          true,
          Name::verified,
          "mail.client.test"};
}

// The value of one attribute in the line; "none" where it is not there.
std::string value(const std::optional<std::string>& line, const std::string& attribute) {
  if (!line) return "no line";
  const auto at = line->find(" " + attribute + "=");
  if (at == std::string::npos) return "none";
  const auto begin = at + attribute.size() + 2;
  return line->substr(begin, line->find(' ', begin) - begin);
}

TEST(Xclient, TellsAllThatIsOfferedAndAddrLast) {
  EXPECT_EQ(xclient_line(facts(), kAll),
            "XCLIENT HELO=client.test PROTO=ESMTP NAME=mail.client.test PORT=56324 "
            "DESTADDR=198.51.100.2 DESTPORT=25 ADDR=192.0.2.1");
  auto reversed = kAll;
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(xclient_line(facts(), reversed), xclient_line(facts(), kAll))
      << "the order is ours, not the server's";
}

TEST(Xclient, LeavesOutWhatIsNotOffered) {
  EXPECT_EQ(xclient_line(facts(), {"ADDR"}), "XCLIENT ADDR=192.0.2.1");
  EXPECT_EQ(xclient_line(facts(), {"PORT", "ADDR", "XADDR", "NAMES"}),
            "XCLIENT PORT=56324 ADDR=192.0.2.1");
  EXPECT_EQ(xclient_line(facts(), {"NAME", "ADDR", "PROTO", "HELO"}),
            "XCLIENT HELO=client.test PROTO=ESMTP NAME=mail.client.test ADDR=192.0.2.1");
}

TEST(Xclient, IsNothingWhereTheAddressCannotBeTold) {
  EXPECT_EQ(xclient_line(facts(), {}), std::nullopt);
  EXPECT_EQ(xclient_line(facts(), {"NAME", "PORT", "DESTADDR", "addr"}), std::nullopt);
}

TEST(Xclient, TellsIpv6WithItsPrefix) {
  auto six = facts();
  six.client = *Endpoint::parse("[2001:db8::1]:1");
  six.local = *Endpoint::parse("[2001:db8::2]:587");
  EXPECT_EQ(xclient_line(six, {"ADDR", "DESTADDR", "DESTPORT", "PORT"}),
            "XCLIENT PORT=1 DESTADDR=IPV6:2001:db8::2 DESTPORT=587 ADDR=IPV6:2001:db8::1");
  six.client = *Endpoint::parse("[::ffff:192.0.2.1]:1");
  EXPECT_EQ(value(xclient_line(six, kAll), "ADDR"), "192.0.2.1");
}

struct NameRow {
  Name state;
  std::string name;
  std::string told;
};

TEST(Xclient, TellsANameOnlyWhereItIsVerified) {
  const std::string label(63, 'a');
  const NameRow rows[] = {
      {Name::verified, "mail.client.test", "mail.client.test"},
      {Name::verified, "MAIL_1.client-x.test", "MAIL_1.client-x.test"},
      {Name::verified, label + ".test", label + ".test"},
      {Name::unavailable, "", "[UNAVAILABLE]"},
      {Name::unavailable, "mail.client.test", "[UNAVAILABLE]"},
      {Name::temporarily_unavailable, "", "[TEMPUNAVAIL]"},
      {Name::temporarily_unavailable, "mail.client.test", "[TEMPUNAVAIL]"},
      // No host names, whatever a name server said: the backend would refuse the whole line.
      {Name::verified, "", "[UNAVAILABLE]"},
      {Name::verified, "mail.client.test.", "[UNAVAILABLE]"},
      {Name::verified, ".test", "[UNAVAILABLE]"},
      {Name::verified, "a..test", "[UNAVAILABLE]"},
      {Name::verified, "-a.test", "[UNAVAILABLE]"},
      {Name::verified, "a-.test", "[UNAVAILABLE]"},
      {Name::verified, label + "a.test", "[UNAVAILABLE]"},
      {Name::verified, "[192.0.2.1]", "[UNAVAILABLE]"},
      {Name::verified, "x ADDR=127.0.0.1", "[UNAVAILABLE]"},
      {Name::verified, "x\r\nRCPT TO:<a@b>", "[UNAVAILABLE]"},
      {Name::verified, "x\0y.test"s, "[UNAVAILABLE]"},
      {Name::verified, "m\xc3\xbcller.test", "[UNAVAILABLE]"},
  };
  for (const auto& row : rows) {
    auto told = facts();
    told.name_state = row.state;
    told.name = row.name;
    EXPECT_EQ(value(xclient_line(told, kAll), "NAME"), row.told) << row.name;
  }
}

struct HeloRow {
  std::string helo;
  std::string told;
};

TEST(Xclient, CodesWhatTheClientSaid) {
  const HeloRow rows[] = {
      {"client.test", "client.test"},
      {"[192.0.2.1]", "[192.0.2.1]"},
      {"", "[UNAVAILABLE]"},
      {"a+b=c", "a+2Bb+3Dc"},
      {"x ADDR=127.0.0.1", "x+20ADDR+3D127.0.0.1"},
      {"x\r\nRCPT TO:<a@b>", "x+0D+0ARCPT+20TO:<a@b>"},
      {"\t\0\x1f !~\x7f\x80\xff"s, "+09+00+1F+20!~+7F+80+FF"},
      {std::string(255, 'a'), std::string(255, 'a')},
      {std::string(256, 'a'), "[UNAVAILABLE]"},
      {std::string(85, '+'),
       [] {
         std::string coded;
         for (int i = 0; i < 85; ++i) coded += "+2B";
         return coded;
       }()},
      {std::string(86, '+'), "[UNAVAILABLE]"},
      {std::string(255, '+'), "[UNAVAILABLE]"},
  };
  for (const auto& row : rows) {
    auto told = facts();
    told.helo = row.helo;
    EXPECT_EQ(value(xclient_line(told, kAll), "HELO"), row.told) << row.helo;
  }
}

TEST(Xclient, TellsTheProtocol) {
  auto told = facts();
  EXPECT_EQ(value(xclient_line(told, kAll), "PROTO"), "ESMTP");
  told.esmtp = false;
  EXPECT_EQ(value(xclient_line(told, kAll), "PROTO"), "SMTP");
}

TEST(Xclient, GivesUpHeloWhereTheLineIsTooLong) {
  auto told = facts();
  told.client = *Endpoint::parse("[2001:1db8:1111:1111:1111:1111:1111:1111]:65535");
  told.local = told.client;
  told.name = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
              std::string(63, 'd');
  ASSERT_EQ(told.name.size(), 255u);
  told.helo = "h";
  const auto others = xclient_line(told, kAll)->size() - 1;
  ASSERT_LT(others, 510u);

  told.helo = std::string(510 - others, 'h');
  auto line = xclient_line(told, kAll);
  EXPECT_EQ(line->size(), 510u);
  EXPECT_EQ(value(line, "HELO"), told.helo);

  told.helo += 'h';
  line = xclient_line(told, kAll);
  EXPECT_LE(line->size(), 510u);
  EXPECT_EQ(value(line, "HELO"), "[UNAVAILABLE]");
  EXPECT_EQ(value(line, "NAME"), told.name);
  EXPECT_TRUE(line->ends_with(" ADDR=IPV6:2001:1db8:1111:1111:1111:1111:1111:1111"));
}

TEST(Xclient, NeverTellsALogin) {
  EXPECT_EQ(xclient_line(facts(), kAll)->find("LOGIN"), std::string::npos);
}

}  // namespace
}  // namespace gatepost
