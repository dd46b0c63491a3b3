// Tests of resolve/dns_reply.h.
#include "resolve/dns_reply.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "resolve/testing/dns_message.h"

namespace gatepost {
namespace {

using namespace dns_test;
using Outcome = DnsAnswer::Outcome;
using std::chrono::seconds;
using Names = std::vector<std::string>;

const DnsQuestion kPtr{DnsType::ptr, "1.2.0.192.in-addr.arpa"};
const DnsQuestion kA{DnsType::a, "host.example"};
const DnsQuestion kAaaa{DnsType::aaaa, "host.example"};
const DnsQuestion kMx{DnsType::mx, "host.example"};
const DnsQuestion kTxt{DnsType::txt, "host.example"};

DnsReply read(const DnsQuestion& question, const Message& message) {
  return read_dns_reply(question, message.bytes());
}

Message with(const DnsQuestion& question, std::initializer_list<std::string> data) {
  Message message(question);
  for (const auto& each : data) message.answer(question.name, question.type, each);
  return message;
}

void expect_unknown(const DnsQuestion& question, const std::string& bytes) {
  const auto reply = read_dns_reply(question, bytes);
  EXPECT_EQ(reply.answer, DnsAnswer{}) << escape(bytes);
  EXPECT_EQ(reply.ttl, Duration{});
}

TEST(DnsReply, GivesAddresses) {
  const auto v4 = read(kA, with(kA, {address_data("192.0.2.1"), address_data("192.0.2.2")}));
  EXPECT_EQ(v4.answer.outcome, Outcome::found);
  EXPECT_EQ(v4.answer.addresses,
            (std::vector{*Address::parse("192.0.2.1"), *Address::parse("192.0.2.2")}));
  const auto v6 = read(kAaaa, with(kAaaa, {address_data("2001:db8::1")}));
  EXPECT_EQ(v6.answer.addresses, std::vector{*Address::parse("2001:db8::1")});
}

TEST(DnsReply, AMappedAddressIsTheV4One) {
  const std::string mapped = std::string(10, '\0') + "\xff\xff" + address_data("192.0.2.1");
  EXPECT_EQ(read(kAaaa, with(kAaaa, {mapped})).answer.addresses,
            std::vector{*Address::parse("192.0.2.1")});
}

TEST(DnsReply, GivesNamesInLowerCaseAndLeavesOutWhatIsNone) {
  const auto reply =
      read(kPtr, with(kPtr, {name_data("Host.EXAMPLE"), name_data("foo bar.example"),
                             name_data("a\r\nb.example"), name_data(""), name_data("b\xff.example"),
                             name_data("10.1"), name_data("x_1.example")}));
  EXPECT_EQ(reply.answer.outcome, Outcome::found);
  EXPECT_EQ(reply.answer.names, (Names{"host.example", "x_1.example"}));
}

TEST(DnsReply, NothingUsableIsNone) {
  EXPECT_EQ(read(kPtr, with(kPtr, {name_data("foo bar.example")})).answer.outcome, Outcome::none);
  EXPECT_EQ(read(kMx, with(kMx, {mx_data(0, "")})).answer.outcome, Outcome::none);  // RFC 7505
}

TEST(DnsReply, GivesExchangersByPreference) {
  const auto reply = read(kMx, with(kMx, {mx_data(20, "c.example"), mx_data(5, "a.example"),
                                          mx_data(300, "d.example"), mx_data(5, "B.example")}));
  EXPECT_EQ(reply.answer.names, (Names{"a.example", "b.example", "c.example", "d.example"}));
}

TEST(DnsReply, GivesTextsAsTheyCome) {
  const auto reply =
      read(kTxt, with(kTxt, {text_data("See http://example/?") + text_data("192.0.2.1"),
                             text_data(std::string("a\0\r\n\xff", 5)), text_data("")}));
  EXPECT_EQ(reply.answer.names,
            (Names{"See http://example/?192.0.2.1", std::string("a\0\r\n\xff", 5), ""}));
}

TEST(DnsReply, HasBounds) {
  Message names(kPtr), addresses(kA), texts(kTxt);
  for (int i = 0; i < 40; ++i)
    names.answer(kPtr.name, kPtr.type, name_data(fmt::format("h{}.x", i)));
  for (int i = 0; i < 200; ++i)
    addresses.answer(kA.name, kA.type, address_data(fmt::format("192.0.2.{}", i)));
  const auto text = text_data(std::string(255, 'x'));
  for (int i = 0; i < 20; ++i) texts.answer(kTxt.name, kTxt.type, text + text + text + text + text);
  EXPECT_EQ(read(kPtr, names).answer.names.size(), kDnsNamesMax);
  EXPECT_EQ(read(kPtr, names).answer.names.front(), "h0.x");
  EXPECT_EQ(read(kA, addresses).answer.addresses.size(), kDnsAddressesMax);
  EXPECT_EQ(read(kTxt, texts).answer.names, Names(kDnsNamesMax, std::string(kDnsTextMax, 'x')));
}

TEST(DnsReply, LooksAtTheFirst256Records) {
  Message message(kA);
  for (int i = 0; i < 256; ++i) message.answer("other.example", kA.type, address_data("192.0.2.1"));
  message.answer(kA.name, kA.type, address_data("192.0.2.1"));
  expect_unknown(kA, message.bytes());
}

TEST(DnsReply, TakesTheShortestTtl) {
  EXPECT_EQ(read(kA, Message(kA)
                         .answer("host.example", kTypeCname, name_data("b.example"), 90)
                         .answer("b.example", kA.type, address_data("192.0.2.1"), 700)
                         .answer("b.example", kA.type, address_data("192.0.2.2"), 600))
                .ttl,
            seconds(90));
  EXPECT_EQ(read(kA, Message(kA)
                         .answer("host.example", kA.type, address_data("192.0.2.1"), 700)
                         .answer("host.example", kA.type, address_data("192.0.2.2"), 600)
                         .answer("other.example", kA.type, address_data("192.0.2.2"), 5))
                .ttl,
            seconds(600));
}

TEST(DnsReply, FollowsAliasesInAnyOrderAndAnyCase) {
  const DnsQuestion classless{DnsType::ptr, "65.2.0.192.in-addr.arpa"};  // RFC 2317
  const auto reply = read(classless, Message(classless)
                                         .answer("65.64/26.2.0.192.in-addr.ARPA", classless.type,
                                                 name_data("a.example"))
                                         .answer("65.2.0.192.in-addr.arpa", kTypeCname,
                                                 name_data("65.64/26.2.0.192.in-addr.arpa")));
  EXPECT_EQ(reply.answer.names, Names{"a.example"});
}

TEST(DnsReply, AnAliasThatLeadsNowhereIsNone) {
  const auto reply = read(kA, Message(kA)
                                  .answer("host.example", kTypeCname, name_data("b.example"))
                                  .authority("example", kTypeSoa, soa_data(60)));
  EXPECT_EQ(reply.answer.outcome, Outcome::none);
  EXPECT_EQ(reply.ttl, seconds(60));
}

Message aliases(int count) {
  Message message(kA);
  const auto name = [](int i) { return i == 0 ? kA.name : fmt::format("n{}.example", i); };
  for (int i = 0; i < count; ++i) message.answer(name(i), kTypeCname, name_data(name(i + 1)));
  return message.answer(name(count), kA.type, address_data("192.0.2.1"));
}

TEST(DnsReply, FollowsEightAliasesAndNoMore) {
  EXPECT_EQ(read(kA, aliases(8)).answer.outcome, Outcome::found);
  expect_unknown(kA, aliases(9).bytes());
  expect_unknown(kA, aliases(100).bytes());
  expect_unknown(kA,
                 Message(kA).answer("host.example", kTypeCname, name_data("host.example")).bytes());
}

TEST(DnsReply, NoneIsWhatTheServerSays) {
  EXPECT_EQ(read(kA, Message(kA, 3)).answer.outcome, Outcome::none);
  EXPECT_EQ(read(kA, Message(kA)).answer.outcome, Outcome::none);
  const auto with_soa = Message(kA, 3).authority("example", kTypeSoa, soa_data(900), 1200);
  EXPECT_EQ(read(kA, with_soa).answer.outcome, Outcome::none);
  EXPECT_EQ(read(kA, with_soa).ttl, seconds(900));
  EXPECT_EQ(read(kA, Message(kA).authority("example", kTypeSoa, soa_data(900), 20)).ttl,
            seconds(20));
}

TEST(DnsReply, AReferralIsNoAnswer) {
  expect_unknown(kA, Message(kA).authority("", kTypeNs, name_data("a.root-servers.net")).bytes());
}

TEST(DnsReply, FailuresAreUnknown) {
  for (const int code : {1, 2, 4, 5, 6, 9, 15}) expect_unknown(kA, Message(kA, code).bytes());
}

TEST(DnsReply, WhatWasNotAskedIsUnknown) {
  expect_unknown(kA, with({DnsType::a, "other.example"}, {address_data("192.0.2.1")}).bytes());
  expect_unknown(kA, Message(kA).answer(kA.name, kAaaa.type, address_data("2001:db8::1")).bytes());
}

TEST(DnsReply, QuestionsAndCutRepliesAreUnknown) {
  const auto message = with(kA, {address_data("192.0.2.1")});
  expect_unknown(kA, Message(message).flags(0x0100).bytes());
  expect_unknown(kA, Message(message).flags(0x8380).bytes());
}

TEST(DnsReply, BrokenRecordsAreUnknown) {
  expect_unknown(kA, with(kA, {"123"}).bytes());
  expect_unknown(kA, with(kA, {"12345"}).bytes());
  expect_unknown(kAaaa, with(kAaaa, {"1234"}).bytes());
  expect_unknown(kMx, with(kMx, {""}).bytes());
  expect_unknown(kMx, with(kMx, {"\1"}).bytes());
  expect_unknown(kTxt, with(kTxt, {"\5abc"}).bytes());
  expect_unknown(kPtr, with(kPtr, {"\5abc"}).bytes());
  expect_unknown(kPtr, with(kPtr, {"\xc0\xff"}).bytes());
  expect_unknown(kA, Message(kA, 3).authority("example", kTypeSoa, "short").bytes());
}

TEST(DnsReply, APointerToItselfIsUnknown) {
  const auto start = Message(kPtr).bytes().size();
  const auto place = start + name_data(kPtr.name).size() + 10;
  ASSERT_LT(place, 256u);
  expect_unknown(kPtr, with(kPtr, {std::string("\xc0") + static_cast<char>(place)}).bytes());
}

TEST(DnsReply, EveryCutReplyIsUnknown) {
  const auto bytes = Message(kMx)
                         .answer(kMx.name, kTypeCname, name_data("b.example"))
                         .answer("b.example", kMx.type, mx_data(1, "c.example"))
                         .authority("example", kTypeSoa, soa_data(60))
                         .bytes();
  ASSERT_EQ(read_dns_reply(kMx, bytes).answer.names, Names{"c.example"});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    expect_unknown(kMx, bytes.substr(0, size));
  expect_unknown(kMx, bytes + '\0');
}

}  // namespace
}  // namespace gatepost
