// Tests of gate/reported_message.h: what users hand over, and what spammers would have them hand
// over.
#include "gate/reported_message.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/message_names.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view kTime = "; Sun, 22 Nov 2026 06:00:00 +0000\n";

std::string received(std::string_view from, std::string_view by, std::string_view with = "ESMTP") {
  return fmt::format(
      "Received: from {}\n\tby {} (Postfix) with {} id 4F2{}\n\tfor <Kim@Example.org>{}", from, by,
      with, by.size(), kTime);
}

const std::string kBySpammer = received("bot.example.net (unknown [192.0.2.7])", "mx.example.org");
const std::string kOnVictim =
    received("mail.victim.example (mail.victim.example [198.51.100.9])", "mx.example.org");
const std::string kByKim = received("pc (unknown [203.0.113.80])", "mx.example.org", "ESMTPSA");
const std::string kRest =
    "Message-ID: <1@example.net>\nFrom: \"a@b\" <Cheap@Pills.Example>\nSubject: Buy\n\nText\n";

// With these messages attached.
std::string forward(const std::string& header, const std::vector<std::string>& messages) {
  auto text = header + "From: kim@example.org\nContent-Type: multipart/mixed; boundary=part\n\n" +
              "--part\n\nThis is spam.\n";
  for (const auto& message : messages)
    text += "--part\nContent-Type: message/rfc822\n\n" + message + "\n";
  return text + "--part--\n";
}

class ReportedMessageTest : public testing::Test {
 protected:
  ReportedMessageTest() {
    settings_.hostname = "mx.example.org";
    settings_.trusted = {*Network::parse("127.0.0.1"), *Network::parse("203.0.113.25")};
    settings_.own_addresses = {*Address::parse("203.0.113.1")};
  }

  ReadMessages read(const std::string& bytes) { return read_messages(bytes, false, settings_); }
  ReadMessages read_report(const std::string& bytes) {
    return read_messages(bytes, true, settings_);
  }
  // Who is blamed; the reason where nobody is.
  static std::vector<std::string> clients(const ReadMessages& read) {
    auto all = read.refused;
    for (const auto& message : read.messages) all.push_back(message.client.to_string());
    return all;
  }

  Settings settings_;
};

TEST_F(ReportedMessageTest, IsOfWhoHandedItToUs) {
  const auto told = read("Return-Path: <Bounce@Example.NET>\n" + kBySpammer + kOnVictim + kRest);
  ASSERT_THAT(told.messages, SizeIs(1));
  const auto& message = told.messages.front();
  EXPECT_EQ(message.client.to_string(), "192.0.2.7");
  EXPECT_EQ(message.message_id, "1@example.net");
  EXPECT_EQ(message.recipient, "kim@example.org");
  EXPECT_EQ(message.sender_domain, "example.net");
  EXPECT_EQ(message.at, WallTime(std::chrono::seconds(1795327200)));
  EXPECT_EQ(message.key, key_of_queued(message.client, "4F214"));
  EXPECT_THAT(told.refused, IsEmpty());
}

TEST_F(ReportedMessageTest, ForgedFieldsBelowTheBorderNeverWin) {
  for (const auto& forged :
       {kOnVictim, std::string("X-Originating-IP: 198.51.100.9\n"), kOnVictim + kOnVictim,
        std::string("Received: from x ([198.51.100.9]) by mx.example.org") + std::string(kTime),
        std::string("Received: garbage\n")}) {
    EXPECT_THAT(clients(read(kBySpammer + forged + kRest)), ElementsAre("192.0.2.7")) << forged;
  }
}

TEST_F(ReportedMessageTest, PassesOurOwnRelaysAndAddresses) {
  EXPECT_THAT(
      clients(read(received("relay (relay [203.0.113.25])", "imap.example.org", "LMTP") +
                   received("me (me [203.0.113.1])", "relay.example.org") + kBySpammer + kRest)),
      ElementsAre("192.0.2.7"));
}

TEST_F(ReportedMessageTest, TheSenderIsOfReturnPathAboveTheBorderElseOfFrom) {
  const auto domain = [this](const std::string& bytes) {
    const auto told = read(bytes);
    return told.messages.empty() ? "none" : told.messages.front().sender_domain;
  };
  EXPECT_EQ(domain(kBySpammer + "Return-Path: <a@below.example>\n" + kRest), "pills.example");
  EXPECT_EQ(domain("Return-Path: <>\n" + kBySpammer + kRest), "");
  EXPECT_EQ(domain(kBySpammer + "From: a@one.example (Kim <k@two.example>)\n\n"), "two.example");
  EXPECT_EQ(domain(kBySpammer + "From: kim@one.example (Kim)\n\n"), "one.example");
  EXPECT_EQ(domain(kBySpammer + "From: nobody\n\n"), "");
  EXPECT_EQ(domain(kBySpammer + "From: a@one.example\nFrom: b@two.example\n\n"), "");
  EXPECT_EQ(domain(kBySpammer + "From: a@" + std::string(300, 'x') + "\n\n"), "");
}

TEST_F(ReportedMessageTest, OfWhatHasABorderNothingIsUnwrapped) {
  EXPECT_THAT(clients(read(forward(kBySpammer, {kOnVictim + kRest}))), ElementsAre("192.0.2.7"))
      << "or a spammer attaches a message that blames another";
}

TEST_F(ReportedMessageTest, WhatAUserForwardsStandsForWhatIsAttached) {
  const auto kBySecond = received("x (unknown [192.0.2.8])", "mx.example.org");
  const auto kLocal =
      "Received: by mx.example.org (Postfix, from userid 1000) id 4F3" + std::string(kTime);
  const auto kFromOffice = received("pc (unknown [10.0.0.80])", "mx.example.org");
  const auto kWrapped =
      "Received: from localhost by mx.example.org with SpamAssassin (version "
      "4.0.0)" +
      std::string(kTime);
  for (const auto& outer : {kByKim, kWrapped, kFromOffice, std::string()}) {
    EXPECT_THAT(clients(read(forward(outer, {kBySpammer + kRest, kBySecond + kRest}))),
                ElementsAre("192.0.2.7", "192.0.2.8"))
        << outer;
  }
  const auto local = forward(kLocal, {kBySpammer + kRest});
  EXPECT_THAT(clients(read(local)), ElementsAre(HasSubstr("say that it is a report")))
      << "a form on a web page may have sent it";
  EXPECT_THAT(clients(read_report(local)), ElementsAre("192.0.2.7"));
}

TEST_F(ReportedMessageTest, ReportsAreUnwrappedWhoeverSentThem) {
  const auto outer = received("elsewhere (unknown [192.0.2.99])", "mx.example.org");
  EXPECT_THAT(clients(read_report(forward(outer, {kBySpammer + kRest}))), ElementsAre("192.0.2.7"));
  EXPECT_THAT(clients(read_report(kBySpammer + kRest)),
              ElementsAre("it is no report: no message is attached"))
      << "who sent the report is not blamed";
}

TEST_F(ReportedMessageTest, WhatIsAttachedMustBeginWithAServerOfOurs) {
  const auto elsewhere =
      received("mail.victim.example (mail.victim.example [198.51.100.9])", "mx.example.net");
  const auto nameless =
      "Received: from mail.victim.example ([198.51.100.9]) by localhost" + std::string(kTime);
  EXPECT_THAT(clients(read(forward(kByKim, {elsewhere + kRest, nameless + kRest, kRest}))),
              ElementsAre(HasSubstr("it is by mx.example.net"), StartsWith("no border: "),
                          HasSubstr("no Received field")));
}

const std::string kFeedback =
    "Content-Type: multipart/report; report-type=feedback-report; boundary=part\n\n"
    "--part\nContent-Type: message/feedback-report\n\nFeedback-Type: not-spam\nVersion: 1\n"
    "--part\nContent-Type: text/rfc822-headers\n\n" +
    kBySpammer + kRest + "--part--\n";

TEST_F(ReportedMessageTest, AFeedbackReportSaysWhatItIs) {
  const auto told = read(kByKim + kFeedback);
  EXPECT_THAT(clients(told), ElementsAre("192.0.2.7"));
  EXPECT_EQ(told.feedback, "not-spam");
}

TEST_F(ReportedMessageTest, NobodyIsBlamedForAFeedbackReportFromElsewhere) {
  const auto report = kOnVictim + kFeedback;
  EXPECT_THAT(clients(read(report)), ElementsAre(HasSubstr("say that it is a report")));
  EXPECT_THAT(clients(read_report(report)), ElementsAre("192.0.2.7"));
}

TEST_F(ReportedMessageTest, ARefusalSaysWhatToDo) {
  EXPECT_THAT(clients(read(received("x ([192.0.2.7])", "mx2.example.net") + kRest)),
              ElementsAre("192.0.2.7"));
  settings_.learn.names = {"mx.example.org"};
  EXPECT_THAT(clients(read(received("x ([192.0.2.7])", "mx2.example.net") + kRest)),
              ElementsAre("no border: a Received field is by none of our servers: it is by "
                          "mx2.example.net; where that is a server of ours, add its name to "
                          "[learn] names"));
  EXPECT_THAT(clients(read(kByKim + kRest)),
              ElementsAre("no border: a user who logged in sent it, and no message is attached"));
  EXPECT_THAT(clients(read(kByKim + "\n---------- Forwarded message ---------\nFrom: x\n")),
              ElementsAre(HasSubstr("forward it as an attachment")));
  EXPECT_THAT(clients(read(kRest)), ElementsAre(HasSubstr("with all of its header")));
  EXPECT_THAT(clients(read("")), ElementsAre(HasSubstr("no Received field")));
}

TEST_F(ReportedMessageTest, WithoutNamesTheUppermostFieldIsBelieved) {
  EXPECT_THAT(border_rules(settings_).own_names, IsEmpty());
}

TEST_F(ReportedMessageTest, NamesAreTheHostsAndThoseOfItsDomainWhereAStrangerMayWrite) {
  const auto names = [this](std::string hostname) {
    settings_.hostname = std::move(hostname);
    return named_border_rules(settings_).own_names;
  };
  EXPECT_THAT(names("mx.example.org"), ElementsAre("mx.example.org", ".example.org"));
  EXPECT_THAT(names("example.org"), ElementsAre("example.org")) << "not all of .org";
  EXPECT_THAT(names("example.co.uk"), ElementsAre("example.co.uk"));
  EXPECT_THAT(names("localhost"), ElementsAre("localhost"));
  settings_.learn.names = {"in.example.com"};
  EXPECT_THAT(names("mx.example.org"), ElementsAre("in.example.com"));
}

}  // namespace
}  // namespace gatepost
