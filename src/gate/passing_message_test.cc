// Tests of gate/passing_message.h: what is heard of messages that pass, and what never is.
#include "gate/passing_message.h"

#include <gtest/gtest.h>

#include <string>

#include "gate/message_names.h"
#include "gate/scratch_ledger.h"
#include "model/record_key.h"
#include "wire/cuts_fixture.h"
#include "wire/received/border.h"

namespace gatepost {
namespace {

const Address kRelay = *Address::parse("203.0.113.5");
const Address kStranger = *Address::parse("192.0.2.7");

const std::string kDate = "; Sun, 22 Nov 2026 06:00:00 +0000\r\n";
const std::string kByRelay =
    "Received: from bot.example (unknown [192.0.2.7])\r\n\tby relay.example.net (Postfix) with "
    "ESMTP id 4F2A\r\n\tfor <Kim@Example.org>" +
    kDate;
const std::string kForged =
    "Received: from good (good.example [198.51.100.9]) by mx.example.org (Postfix) with ESMTP id "
    "9" +
    kDate;
const std::string kSpam = "X-Spam-Flag: YES\r\n";
const std::string kHam = "X-Spam-Status: No, score=-1 required=5\r\n";
const std::string kRest =
    "Message-ID: <1@example.net>\r\nFrom: a@pills.example\r\nSubject: Buy\r\n\r\nText\r\n";

class Alarms final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view word, std::string_view text, WallTime) override {
    told.push_back(std::string(word) + ": " + std::string(text));
  }

  std::vector<std::string> told;
};

class PassingMessageTest : public testing::Test {
 protected:
  PassingMessageTest() {
    settings_.hostname = "mx.example.org";
    settings_.trusted = {*Network::parse("203.0.113.0/24")};
    settings_.own_addresses = {*Address::parse("198.51.100.1")};
    facts_.id = "S1";
    facts_.client = {kRelay, 4711};
    facts_.sender = {"a", "Pills.Example"};
  }

  PassedMessage message() const { return {facts_, "kim@example.org", "4G1", kAt}; }

  // "spam 192.0.2.7 header x-spam-flag", or the alarm.
  std::string filters_say(const std::string& content) {
    PassingHeader header(HeaderInterest::filters);
    header.take_content(content);
    std::string alarm;
    report_ = report_of_filters(header.fields(), message(), settings_, alarm);
    if (!report_) return alarm;
    EXPECT_EQ(alarm, "");
    return std::string(to_string(report_->word)) + ' ' + report_->client.to_string() + ' ' +
           report_->source;
  }

  std::optional<Report> refused(const SmtpReply& reply) const {
    return report_of_refusal(reply, message(), settings_);
  }

  HeaderInterest interest(const Address& client) {
    facts_.client.address = client;
    return header_interest({&hearing_, nullptr}, settings_, facts_);
  }

  static constexpr WallTime kAt = wall_time(1'700'000'000'000);
  static inline const SmtpReply kSpamRefused{554, "", "5.7.1 Spam message rejected"};
  Settings settings_;
  SessionFacts facts_;
  std::optional<Report> report_;
  ScratchLedger ledger_{nullptr};
  Alarms recorder_;
  Hearing hearing_{ledger_, recorder_};
};

TEST_F(PassingMessageTest, WhatARelaysFilterSaysIsOfWhoCameToTheRelay) {
  EXPECT_EQ(filters_say(kSpam + kByRelay + kRest), "spam 192.0.2.7 header x-spam-flag");
  EXPECT_FALSE(report_->by_person);
  EXPECT_EQ(report_->at, kAt);
  EXPECT_EQ(report_->recipient, "kim@example.org");
  EXPECT_EQ(report_->sender_domain, "pills.example");
  EXPECT_EQ(report_->message, key_of_queued(kStranger, "4F2A"))
      << "by the name that the relay's log has, too";
  EXPECT_EQ(filters_say(kHam + kByRelay + kRest), "ham 192.0.2.7 header x-spam-status");
}

TEST_F(PassingMessageTest, BelowTheBorderAreTheSendersOwnFields) {
  EXPECT_EQ(filters_say(kByRelay + kHam + kRest), "");
  EXPECT_EQ(filters_say(kByRelay + kSpam + kForged + kRest), "");
  EXPECT_EQ(filters_say(kSpam + kByRelay + kHam + kForged + kRest),
            "spam 192.0.2.7 header x-spam-flag");
}

TEST_F(PassingMessageTest, SpamIsAboveHam) {
  EXPECT_EQ(filters_say(kHam + kSpam + kByRelay + kRest), "spam 192.0.2.7 header x-spam-flag");
  EXPECT_EQ(filters_say(kSpam + kHam + kByRelay + kRest), "spam 192.0.2.7 header x-spam-flag");
  EXPECT_EQ(filters_say("X-Spam-Flag: maybe\r\n" + kHam + kByRelay + kRest),
            "ham 192.0.2.7 header x-spam-status");
  EXPECT_EQ(filters_say("X-Spam-Flag: YES" + std::string(20'000, ' ') + ".\r\n" + kByRelay + kRest),
            "")
      << "a field that was cut is not believed";
}

TEST_F(PassingMessageTest, FieldsOfTheSettingsCountAsWell) {
  settings_.learn.fields = {{"X-Class", "junk*", "fine"}};
  EXPECT_EQ(filters_say("x-class: Junk (9)\r\n" + kByRelay + kRest),
            "spam 192.0.2.7 header x-class");
}

TEST_F(PassingMessageTest, WhoCannotBeToldCountsForNobody) {
  EXPECT_EQ(filters_say(kSpam + kRest), "");
  EXPECT_EQ(filters_say(kSpam + "Received: nonsense\r\n" + kByRelay + kRest), "");
}

TEST_F(PassingMessageTest, ARefusalAsSpamIsAWordAboutItsClient) {
  facts_.client.address = kStranger;
  const auto report = refused(kSpamRefused);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->client, kStranger);
  EXPECT_EQ(report->word, MailWord::spam);
  EXPECT_EQ(report->source, "backend");
  EXPECT_EQ(report->recipient, "kim@example.org");
  EXPECT_EQ(report->sender_domain, "pills.example");
  EXPECT_FALSE(refused({554, "", "5.6.0 Too large"}));
  EXPECT_FALSE(refused({451, "", "4.7.1 Spam message rejected"}));
}

TEST_F(PassingMessageTest, ARefusedMessageIsKnownByItsSessionAndTime) {
  facts_.client.address = kStranger;
  const auto first = refused(kSpamRefused)->message;
  EXPECT_EQ(refused(kSpamRefused)->message, first);
  facts_.id = "S2";
  EXPECT_NE(refused(kSpamRefused)->message, first);
  facts_.id = "S1";
  auto later = message();
  later.at += std::chrono::milliseconds(1);
  EXPECT_NE(report_of_refusal(kSpamRefused, later, settings_)->message, first);
}

TEST_F(PassingMessageTest, ARefusalOfOneOfOursIsNone) {
  EXPECT_FALSE(refused(kSpamRefused)) << "a relay's";
  facts_.client.address = settings_.own_addresses.front();
  EXPECT_FALSE(refused(kSpamRefused));
  facts_.client.address = kStranger;
  facts_.authenticated = "kim";
  EXPECT_FALSE(refused(kSpamRefused));
  facts_.authenticated.reset();
  facts_.unclaimed = true;
  EXPECT_FALSE(refused(kSpamRefused));
}

TEST_F(PassingMessageTest, IsToldOnceItIsAcceptedOrRefused) {
  const MailEars ears{&hearing_, nullptr};
  const auto header_of = [&](HeaderInterest interest) {
    PassingHeader header(interest);
    header.take_content(kSpam + kByRelay + kRest);
    return header;
  };
  const auto spam_of = [&](const Address& client) {
    return ledger_.lookup(ClientKey(client)).spam;
  };
  auto header = header_of(HeaderInterest::filters);
  tell_of_accepted(ears, header, message(), settings_, recorder_);
  EXPECT_EQ(spam_of(kStranger), 1u);
  EXPECT_EQ(spam_of(kRelay), 0u);
  ledger_ = ScratchLedger(nullptr);
  tell_of_refused(ears, header, kSpamRefused, message(), settings_, recorder_);
  EXPECT_EQ(spam_of(kStranger), 1u) << "once for the header, and its refusal is nobody's";
  EXPECT_EQ(spam_of(kRelay), 0u);

  facts_.client.address = *Address::parse("192.0.2.8");
  header = header_of(HeaderInterest::message_id);
  tell_of_accepted(ears, header, message(), settings_, recorder_);
  EXPECT_EQ(spam_of(facts_.client.address), 0u);
  tell_of_refused(ears, header, kSpamRefused, message(), settings_, recorder_);
  EXPECT_EQ(spam_of(facts_.client.address), 1u);
  EXPECT_TRUE(recorder_.told.empty());
}

TEST_F(PassingMessageTest, ItsArrivalJoinsItWithWhatALogSays) {
  RecentMail recent(ledger_, hearing_);
  const MailEars ears{&hearing_, &recent};
  facts_.client.address = kStranger;
  PassingHeader header(HeaderInterest::message_id);
  header.take_content(kRest);
  tell_of_accepted(ears, header, message(), settings_, recorder_);
  const auto known = recent.find("1@example.net");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->client, kStranger);
  EXPECT_EQ(known->key, key_of_queued(kStranger, "4G1"));

  facts_.authenticated = "kim";
  PassingHeader of_user(HeaderInterest::message_id);
  of_user.take_content("Message-ID: <2@example.net>\r\n\r\n");
  tell_of_accepted(ears, of_user, message(), settings_, recorder_);
  EXPECT_FALSE(recent.find("2@example.net"));
}

TEST_F(PassingMessageTest, OnlyARelaysHeaderIsLookedAt) {
  EXPECT_EQ(interest(kRelay), HeaderInterest::filters);
  EXPECT_EQ(interest(kStranger), HeaderInterest::message_id);
  EXPECT_EQ(interest(settings_.own_addresses.front()), HeaderInterest::none);
  settings_.trusted.push_back(*Network::parse("198.51.100.0/24"));
  settings_.trusted.push_back(*Network::parse("127.0.0.0/8"));
  settings_.trusted.push_back(*Network::parse("127.0.0.1"));
  settings_.trusted.push_back(*Network::parse("::1"));
  settings_.trusted.push_back(*Network::parse("127.0.0.25"));
  for (const auto* of_host : {"198.51.100.1", "127.0.0.1", "127.0.0.2", "::1"}) {
    EXPECT_EQ(interest(*Address::parse(of_host)), HeaderInterest::none)
        << "a form on a web page writes any header: " << of_host;
  }
  EXPECT_EQ(interest(*Address::parse("127.0.0.25")), HeaderInterest::filters) << "one program's";
  facts_.authenticated = "kim";
  EXPECT_EQ(interest(kRelay), HeaderInterest::none);
  EXPECT_EQ(interest(kStranger), HeaderInterest::none);
  facts_.authenticated.reset();
  facts_.purpose = Purpose::submission;
  EXPECT_EQ(interest(kRelay), HeaderInterest::none);
  facts_.purpose = Purpose::mx;
  facts_.unclaimed = true;
  EXPECT_EQ(interest(kRelay), HeaderInterest::none) << "a balancer's own connection";
  facts_.unclaimed = false;
  settings_.learn.headers = false;
  EXPECT_EQ(interest(kRelay), HeaderInterest::none);
  settings_.learn.spam_replies.clear();
  EXPECT_EQ(interest(kStranger), HeaderInterest::none) << "nobody asks for it";
  EXPECT_EQ(header_interest({}, Settings{}), HeaderInterest::none);
  RecentMail recent(ledger_, hearing_);
  facts_.authenticated = "kim";
  EXPECT_EQ(header_interest({&hearing_, &recent}, settings_, facts_), HeaderInterest::message_id)
      << "so that a filter's word about it is nobody's";
}

// "Name: value|" of what is kept.
std::string kept(const std::vector<std::string>& pieces) {
  PassingHeader header(HeaderInterest::filters);
  for (const auto& piece : pieces) header.take_content(piece);
  std::string text;
  for (const auto& field : header.fields()) text += field.name + ": " + field.value + "|";
  return text;
}

TEST(PassingHeader, IsReadAsTheMailServerReadsIt) {
  const auto read = [](const std::string& content) { return same_at_every_cut(content, kept); };
  EXPECT_EQ(read("A: 1\r\n 2\r\nB: 3\r\n\r\nC: 4\r\n"), "A: 1 2|B: 3|");
  EXPECT_EQ(read(".Received: 1\r\n..B: 2\r\n\r\n"), "Received: 1|.B: 2|");
  EXPECT_EQ(read("A: 1\r\n"), "A: 1|");
  EXPECT_EQ(read("A: 1\r\n."), "A: 1|");
  EXPECT_EQ(read("text\r\nA: 1\r\n"), "");
}

TEST(PassingHeader, KeepsTheMessageIdAloneWhereNothingElseMatters) {
  PassingHeader header(HeaderInterest::message_id);
  header.take_content("A: " + std::string(20'000, 'a') + "\r\nmessage-id : <1@b>\r\nC: 2\r\n\r\n");
  ASSERT_EQ(header.fields().size(), 1u);
  EXPECT_EQ(header.fields()[0].value, "<1@b>");
}

TEST(PassingHeader, EndsSomeTime) {
  PassingHeader header(HeaderInterest::message_id);
  for (int i = 0; i < 300; ++i) header.take_content("A: " + std::string(1019, 'a') + "\r\n");
  header.take_content("Message-ID: <1@b>\r\n\r\n");
  EXPECT_TRUE(header.fields().empty());
}

TEST(PassingHeader, TakesNoMoreOnceItWasLookedAt) {
  PassingHeader header(HeaderInterest::filters);
  header.take_field("A", " 1\n\t2");
  EXPECT_EQ(header.fields().size(), 1u);
  header.take_field("B", "2");
  ASSERT_EQ(header.fields().size(), 1u);
  EXPECT_EQ(header.fields()[0].value, "1\t2");
}

}  // namespace
}  // namespace gatepost
