// Tests of gate/recent_mail: lines of logs as servers and filters write them, and for whom they
// count.
#include "gate/recent_mail.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "gate/scratch_ledger.h"
#include "gate/written_to.h"
#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kAt = wall_time(1'795'327'200'000);
const LogClock kClock{kAt, Duration{}};
const Address kClient = Address::v4(0xc0000201);  // 192.0.2.1
const Address kOther = Address::v4(0xc6336407);   // 198.51.100.7

class KeepingLedger final : public ScratchLedger {
 public:
  KeepingLedger() : ScratchLedger(nullptr) {}
  std::optional<ToldMessage> message(const MessageKey& key) const override {
    const auto row = messages_.find(key);
    return row == messages_.end() ? std::nullopt : std::optional(row->second);
  }
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override {
    for (const auto& observation : observations) observe(observation);
    messages_[message.key] = message;
  }

 private:
  std::map<MessageKey, ToldMessage> messages_;
};

class NoRecorder final : public Recorder {
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary&) override {}
  void alarm(std::string_view, std::string_view, WallTime) override {}
};

class RecentMailTest : public testing::Test {
 protected:
  RecentMailTest() {
    settings_.trusted = {*Network::parse("127.0.0.0/8"), *Network::parse("203.0.113.0/24")};
    settings_.follow = {FollowSettings{"/var/log/mail.log"}};
    recent_.expire(kAt, settings_);
  }

  // "smtpd 4XyZ: client=…": the program, and what it writes.
  void line(const std::string& program, const std::string& text) {
    const auto whole = "Nov 22 06:00:00 mx " + program + "[4711]: " + text;
    const auto event = read_mail_log(whole, kClock);
    ASSERT_TRUE(event) << whole;
    recent_.heard(*event, kAt + passed_, settings_);
  }
  void exim(const std::string& text) {
    const auto whole = "2026-11-22 06:00:00 " + text;
    const auto event = read_mail_log(whole, kClock);
    ASSERT_TRUE(event) << whole;
    recent_.heard(*event, kAt + passed_, settings_);
  }
  void pass(Duration time) {
    passed_ += time;
    recent_.expire(kAt + passed_, settings_);
  }

  // Of a Postfix, up to its queue.
  void comes(const std::string& id, const std::string& host, const std::string& message_id,
             const std::string& sender = "a@example.net") {
    line("postfix/smtpd", id + ": client=" + host);
    line("postfix/cleanup", id + ": message-id=<" + message_id + ">");
    line("postfix/qmgr", id + ": from=<" + sender + ">, size=9, nrcpt=1 (queue active)");
  }
  void is_sent(const std::string& id, const std::string& recipient, const std::string& relay) {
    line("postfix/smtp", id + ": to=<" + recipient + ">, relay=" + relay +
                             ":25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)");
  }
  void rspamd(const std::string& action, const std::string& names,
              const std::string& client = "192.0.2.1") {
    line("rspamd", "<4c5ea9>; proxy; rspamd_task_write_log: " + names + ", ip: " + client +
                       ", from: <a@example.net>, (default: F (" + action +
                       "): [1.0/15.00] [A(1.0){}]), len: 9");
  }
  void spamd(const std::string& verdict, const std::string& message_id) {
    line("spamd", "spamd: result: " + verdict +
                      " 12 - GTUBE scantime=0.5,size=9,user=kim,uid=9,required_score=5.0,"
                      "rhost=localhost,raddr=127.0.0.1,rport=9,mid=<" +
                      message_id + ">,autolearn=no");
  }

  // By a server behind a door.
  void refuse(const std::string& message_id) {
    const CameIn message{kClient, {}, message_id, "x", {}, kAt + passed_};
    Report refused;
    refused.client = kClient;
    refused.word = MailWord::spam;
    refused.source = "backend";
    refused.at = message.at;
    refused.message =
        recent_.refused(message, key_of_name("refusal " + std::to_string(++refused_)), settings_);
    hearing_.tell(refused, settings_);
  }
  void refuse_unnamed() { refuse({}); }

  // "ham/spam".
  std::string score(const Address& client = kClient) const {
    const auto record = ledger_.lookup(ClientKey(client));
    return std::to_string(record.ham) + "/" + std::to_string(record.spam);
  }
  bool is_known(const RecordKey& key) const {
    return is_written_to(ledger_.lookup(key), settings_, kAt);
  }
  static RecordKey organisation(std::string_view domain) {
    return RecordKey::of_text(RecordKey::Kind::organisation, domain);
  }

  Settings settings_;
  KeepingLedger ledger_;
  NoRecorder recorder_;
  Hearing hearing_{ledger_, recorder_};
  RecentMail recent_{ledger_, hearing_};
  Duration passed_{};
  int refused_ = 0;
};

TEST_F(RecentMailTest, AWordFindsItsMessageByEachOfItsNames) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  rspamd("reject", "id: <1@x>, qid: <4AA1>");
  EXPECT_EQ(score(), "0/1");
  comes("4AA2", "x[192.0.2.1]", "2@x");
  spamd("Y", "2@x");
  EXPECT_EQ(score(), "0/2");
  comes("4AA3", "x[192.0.2.1]", "3@x");
  line("amavis",
       "(12-01) Passed CLEAN {RelayedInbound}, <a@x> -> <c@d>, Queue-ID: 4AA3, "
       "Message-ID: <3@x>, mail_id: abc, Hits: -1, size: 9, 99 ms");
  EXPECT_EQ(score(), "1/2");
  comes("4AA4", "x[192.0.2.1]", "4@x");
  line("MailScanner",
       "Message 4AA4 from 192.0.2.1 (a@x) to d is spam, SpamAssassin (not cached, "
       "score=25.5, required 5)");
  EXPECT_EQ(score(), "1/3");
  EXPECT_EQ(recent_.counts().judged, 4u);
  EXPECT_EQ(recent_.counts().unjoined, 0u);
}

TEST_F(RecentMailTest, ItCountsOnceThoughTheLogIsReadAgain) {
  for (int time = 0; time < 2; ++time) {
    RecentMail again(ledger_, hearing_);
    comes("4AA1", "x[192.0.2.1]", "1@x");
    rspamd("reject", "id: <1@x>, qid: <4AA1>");
    spamd("Y", "1@x");
    line("postfix/qmgr", "4AA1: removed");
  }
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, AWordThatComesFirstWaits) {
  spamd("Y", "1@x");
  rspamd("reject", "id: <1@x>, qid: <undef>", "127.0.0.1");
  EXPECT_EQ(score(), "0/0");
  pass(2s);
  comes("4AA1", "x[192.0.2.1]", "1@x");
  EXPECT_EQ(score(), "0/1");
  spamd(".", "2@x");
  rspamd("reject", "id: <3@x>, qid: <4AA3>");
  pass(4min);
  comes("4AA2", "x[192.0.2.1]", "2@x");
  comes("4AA3", "x[192.0.2.1]", "3@x");
  EXPECT_EQ(score(), "1/2");
  pass(10min);
  EXPECT_EQ(recent_.counts().unjoined, 0u);
}

// Exim names what it takes alone: spam that it refuses may have the message-id of another's
// message.
TEST_F(RecentMailTest, SpamKnownByItsMessageIdAloneIsNotAnothers) {
  const auto takes = [&](const std::string& id) {
    exim("1tXYZa-00000000" + id + "-0001 <= a@x H=x [192.0.2.1] P=esmtp S=9 id=" + id + "@x");
  };
  const auto refuses = [&] {
    exim("H=y [198.51.100.7] F=<b@y> rejected after DATA: This message is spam");
  };
  spamd("Y", "AA1@x");
  pass(3s);
  takes("AA1");
  EXPECT_EQ(score(), "0/0") << "long before";
  pass(3s);
  spamd("Y", "AA1@x");
  EXPECT_EQ(score(), "0/0") << "long behind";
  spamd("Y", "AA2@x");
  refuses();
  takes("AA2");
  EXPECT_EQ(score(), "0/0") << "the one that was refused";
  pass(3s);
  refuses();
  spamd("Y", "AA3@x");
  takes("AA3");
  EXPECT_EQ(score(), "0/0") << "likewise, and the logs are two";
  pass(3s);
  takes("AA4");
  spamd("Y", "AA4@x");
  refuses();
  pass(10s);
  EXPECT_EQ(score(), "0/0") << "likewise, and theirs came first";
  spamd("Y", "AA5@x");
  takes("AA5");
  pass(5s);
  EXPECT_EQ(score(), "0/1");
  takes("AA6");
  spamd("Y", "AA6@x");
  pass(2s);
  refuses();
  EXPECT_EQ(score(), "0/1") << "in doubt";
  pass(3s);
  EXPECT_EQ(score(), "0/1") << "refused";
  takes("AA7");
  spamd("Y", "AA7@x");
  pass(3s);
  refuses();
  pass(2s);
  EXPECT_EQ(score(), "0/2");
  recent_.came({kClient, {}, "6@x", "x", {}, kAt + passed_}, settings_);
  pass(3s);
  spamd("Y", "6@x");
  EXPECT_EQ(score(), "0/2") << "nor does a server behind a door name what it refuses";
  comes("4AA7", "x[192.0.2.1]", "7@x");
  pass(9min);
  spamd("Y", "7@x");
  EXPECT_EQ(score(), "0/3") << "Postfix names all";
  comes("4AA8", "x[192.0.2.1]", "8@x");
  pass(11min);
  spamd("Y", "8@x");
  EXPECT_EQ(score(), "0/3") << "but that was long ago";
}

TEST_F(RecentMailTest, ADoorsRefusalsLeaveInDoubtWhoseSpamItIs) {
  recent_.came({kClient, {}, "1@x", "x", {}, kAt + passed_}, settings_);
  spamd("Y", "1@x");
  pass(1s);
  recent_.refused_content(kAt + passed_);
  pass(5s);
  EXPECT_EQ(score(), "0/0");
  recent_.came({kClient, {}, "2@x", "x", {}, kAt + passed_}, settings_);
  spamd("Y", "2@x");
  pass(5s);
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, WhoIsDeferredAtRcptKeepsNoSpamFromCounting) {
  exim("1tXYZa-000000001AB-0001 <= a@x H=x [192.0.2.1] P=esmtp S=9 id=1@x");
  spamd("Y", "1@x");
  for (int second = 0; second < 5; ++second) {
    exim("H=y [198.51.100.7] F=<b@y> temporarily rejected RCPT <c@d>: later");
    pass(1s);
  }
  EXPECT_EQ(score(), "0/1");
  exim("1tXYZa-000000001AC-0001 <= a@x H=x [192.0.2.1] P=esmtp S=9 id=2@x");
  spamd("Y", "2@x");
  exim("H=y [198.51.100.7] F=<b@y> temporarily rejected after DATA: later");
  pass(5s);
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, AWordThatKnowsItsClientCountsForItInTheEnd) {
  rspamd("reject", "id: <1@x>, qid: <4AA1>");
  spamd("Y", "2@x");
  EXPECT_EQ(score(), "0/0");
  pass(6min);
  EXPECT_EQ(score(), "0/1");
  EXPECT_EQ(recent_.counts().unjoined, 1u);
  // What was only late is the same.
  comes("4AA1", "x[192.0.2.1]", "1@x");
  rspamd("reject", "id: <1@x>, qid: <4AA1>");
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, AFilterThatGivesItBackSpeaksOfWhatCameFirst) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  comes("4BB2", "localhost[127.0.0.1]", "1@x");
  rspamd("reject", "id: <undef>, qid: <4BB2>", "127.0.0.1");
  EXPECT_EQ(score(), "0/1");
  EXPECT_EQ(score(Address::v4(0x7f000001)), "0/0");
}

TEST_F(RecentMailTest, AFiltersWordMayTellThatItIsTheOneThatCameFirst) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  line("postfix/smtpd", "4BB2: client=localhost[127.0.0.1]");
  rspamd("reject", "id: <1@x>, qid: <4BB2>", "127.0.0.1");
  EXPECT_EQ(score(), "0/1");
  rspamd("no action", "id: <undef>, qid: <4BB2>", "127.0.0.1");
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, OfSeveralWordsOfOneSourceSpamStands) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  spamd(".", "1@x");
  EXPECT_EQ(score(), "1/0");
  spamd("Y", "1@x");
  EXPECT_EQ(score(), "0/1");
  spamd(".", "1@x");
  EXPECT_EQ(score(), "0/1");
}

TEST_F(RecentMailTest, OfOursNothingIsLearnt) {
  line("postfix/smtpd", "4AA1: client=x[192.0.2.1], sasl_method=PLAIN, sasl_username=kim");
  rspamd("reject", "id: <1@x>, qid: <4AA1>");
  comes("4AA2", "relay[203.0.113.7]", "2@x");
  rspamd("reject", "id: <2@x>, qid: <4AA2>", "203.0.113.7");
  rspamd("reject", "id: <3@x>, qid: <4AA3>", "192.0.2.1, user: kim");
  exim("1tXYZa-000000001AB-0001 <= kim@b H=x [192.0.2.1] P=esmtpsa A=plain:kim S=9 id=4@x");
  spamd("Y", "4@x");
  pass(10min);
  EXPECT_EQ(score(), "0/0");
  EXPECT_EQ(score(Address::v4(0xcb007107)), "0/0");
  EXPECT_EQ(recent_.counts().unjoined, 0u);
}

TEST_F(RecentMailTest, OneMessageIdOfTwoClientsNamesNeither) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  comes("4AA2", "y[198.51.100.7]", "1@x");
  spamd("Y", "1@x");
  EXPECT_EQ(score(), "0/0");
  EXPECT_EQ(score(kOther), "0/0");
  EXPECT_FALSE(recent_.find("1@x"));
  comes("4AA3", "y[198.51.100.7]", "2@x");
  ASSERT_TRUE(recent_.find("2@x"));
  EXPECT_EQ(recent_.find("2@x")->client, kOther);
  EXPECT_EQ(recent_.find("2@x")->key, key_of_queued(kOther, "4AA3"));
}

TEST_F(RecentMailTest, ADoorThatKnowsTheClientStandsAboveALogThatHasTheGate) {
  comes("4AA1", "gate[203.0.113.9]", "1@x");
  recent_.came({kClient, "4AA1", "", "x", "", kAt}, settings_);
  rspamd("reject", "id: <1@x>, qid: <4AA1>", "203.0.113.9");
  EXPECT_EQ(score(), "0/1");
  recent_.came({kClient, "4AA2", "", "x", "", kAt}, settings_);
  comes("4AA2", "gate[203.0.113.9]", "2@x");
  spamd("Y", "2@x");
  EXPECT_EQ(score(), "0/2");
}

TEST_F(RecentMailTest, WhatABackendRefusedAsSpamIsTheSameMessage) {
  for (const std::string id : {"1@x", ""}) {
    const std::string queue = id.empty() ? "4BB" : "4AA";
    const auto names = [&](const std::string& number) {
      return "id: <" + (id.empty() ? "undef" : id) + ">, qid: <" + queue + number + ">";
    };
    const auto before = ledger_.lookup(ClientKey(kClient)).spam;
    auto expect_one = [&, spam = before](const char* what) mutable {
      pass(6min);
      EXPECT_EQ(score(), "0/" + std::to_string(++spam)) << what << " " << id;
    };
    refuse(id);
    rspamd("reject", names("1"));
    expect_one("refused first");
    rspamd("reject", names("2"));
    refuse(id);
    expect_one("refused last");
    refuse(id);
    comes(queue + "3", "x[192.0.2.1]", id);
    rspamd("reject", names("3"));
    expect_one("logged, too, and refused first");
    comes(queue + "4", "x[192.0.2.1]", id);
    rspamd("reject", names("4"));
    refuse(id);
    expect_one("logged, too, and refused last");
    rspamd("reject", names("5"));
    comes(queue + "5", "x[192.0.2.1]", id);
    refuse(id);
    expect_one("logged behind the word");
    comes(queue + "6", "x[192.0.2.1]", id);
    refuse(id);
    rspamd("reject", names("6"));
    expect_one("logged before, and refused before the word");
  }
  refuse_unnamed();
  rspamd("reject", "id: <1@x>, qid: <4AA7>");
  pass(6min);
  EXPECT_EQ(score(), "0/13") << "the filter sees one of two message-ids";
  refuse("1@x");
  spamd("Y", "1@x");
  spamd("Y", "2@x");
  refuse("2@x");
  EXPECT_EQ(score(), "0/15") << "the message-id is all that the filter tells";
  EXPECT_EQ(recent_.counts().unjoined, 0u);
}

// A sender may use one message-id for all of his mail.
TEST_F(RecentMailTest, EachRefusalCountsThoughTheMessageIdIsTheSame) {
  refuse("1@x");
  refuse("1@x");
  EXPECT_EQ(score(), "0/2");
  pass(6min);
  comes("4AA1", "x[192.0.2.1]", "1@x");
  recent_.came({kClient, "4AA1", "1@x", "x", {}, kAt + passed_}, settings_);
  rspamd("reject", "id: <1@x>, qid: <4AA1>");
  EXPECT_EQ(score(), "0/3") << "one was accepted later";
  refuse("1@x");
  EXPECT_EQ(score(), "0/4") << "one was accepted before";
  comes("4AA2", "x[192.0.2.1]", "1@x");
  rspamd("reject", "id: <1@x>, qid: <4AA2>");
  EXPECT_EQ(score(), "0/4");
  for (int hour = 0; hour < 3; ++hour) {
    pass(1h);
    recent_.came({kOther, {}, "2@x", "x", {}, kAt + passed_}, settings_);
    spamd("Y", "2@x");
    pass(5s);
  }
  EXPECT_EQ(score(kOther), "0/3") << "nobody names it";
}

TEST_F(RecentMailTest, WhatWasAcceptedIsNoRefusal) {
  for (const std::string id : {"1@x", ""}) {
    const auto before = ledger_.lookup(ClientKey(kClient)).spam;
    const std::string queue = id.empty() ? "4BB" : "4AA";
    const auto calls_spam_and_accepts = [&](const std::string& number) {
      comes(queue + number, "x[192.0.2.1]", id);
      rspamd("reject", "id: <" + (id.empty() ? "undef" : id) + ">, qid: <" + queue + number + ">");
      recent_.came({kClient, queue + number, id, "x", {}, kAt + passed_}, settings_);
    };
    calls_spam_and_accepts("1");
    refuse(id);
    EXPECT_EQ(ledger_.lookup(ClientKey(kClient)).spam, before + 2) << "refused last " << id;
    pass(6min);
    refuse(id);
    calls_spam_and_accepts("2");
    EXPECT_EQ(ledger_.lookup(ClientKey(kClient)).spam, before + 4) << "refused first " << id;
    pass(6min);
  }
}

TEST_F(RecentMailTest, OneWordIsOfOneRefusal) {
  refuse_unnamed();
  refuse_unnamed();
  rspamd("reject", "id: <undef>, qid: <4AA1>");
  pass(6min);
  EXPECT_EQ(score(), "0/2");
  refuse_unnamed();
  rspamd("reject", "id: <undef>, qid: <4AA2>");
  rspamd("reject", "id: <undef>, qid: <4AA3>");
  pass(6min);
  EXPECT_EQ(score(), "0/4");
  comes("4AA4", "x[192.0.2.1]", "");
  rspamd("reject", "id: <undef>, qid: <4AA4>");
  refuse_unnamed();
  refuse_unnamed();
  EXPECT_EQ(score(), "0/6");
}

TEST_F(RecentMailTest, OtherFiltersSpeakOfTheSameRefusal) {
  const auto amavis = [&](const std::string& id) {
    line("amavis",
         "(12-01) Blocked SPAM {RejectedInbound}, [192.0.2.1]:9 [192.0.2.1] <a@x> -> "
         "<c@d>, Queue-ID: " +
             id + ", mail_id: abc, Hits: 9, size: 9, 99 ms");
  };
  refuse_unnamed();
  rspamd("reject", "id: <undef>, qid: <4AA1>");
  amavis("4AA1");
  pass(6min);
  EXPECT_EQ(score(), "0/1");
  comes("4AA2", "x[192.0.2.1]", "");
  rspamd("reject", "id: <undef>, qid: <4AA2>");
  amavis("4AA2");
  refuse_unnamed();
  refuse_unnamed();
  EXPECT_EQ(score(), "0/3");
  EXPECT_EQ(recent_.counts().judged, 4u);
}

TEST_F(RecentMailTest, AWordIsNotOfAnyRefusal) {
  refuse_unnamed();
  rspamd("reject", "id: <undef>, qid: <4AA1>", "198.51.100.7");
  pass(6min);
  EXPECT_EQ(score() + " " + score(kOther), "0/1 0/1") << "of another client";
  refuse_unnamed();
  pass(61s);
  rspamd("reject", "id: <undef>, qid: <4AA2>");
  pass(6min);
  EXPECT_EQ(score(), "0/3") << "of another time";
  refuse_unnamed();
  rspamd("no action", "id: <undef>, qid: <4AA3>");
  pass(6min);
  EXPECT_EQ(score(), "1/4") << "ham";
  refuse_unnamed();
  comes("4AA5", "x[192.0.2.1]", "5@x");
  rspamd("reject", "id: <5@x>, qid: <4AA5>");
  EXPECT_EQ(score(), "1/6") << "of a message with a name";
}

TEST_F(RecentMailTest, AMessageWithoutAMessageIdIsNotTheLastThatHasOne) {
  recent_.came({kClient, {}, "1@x", "x", {}, kAt}, settings_);
  rspamd("no action", "id: <1@x>");
  EXPECT_EQ(score(), "1/0");
  rspamd("reject", "id: <undef>, qid: <4AA1>");
  EXPECT_EQ(score(), "1/0");
  refuse_unnamed();
  pass(6min);
  EXPECT_EQ(score(), "1/1");
}

TEST_F(RecentMailTest, ADoorThatKnowsOnlyTheMessageIdMeansTheMessageOfTheLog) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  recent_.came({kClient, {}, "1@x", "x", {}, kAt}, settings_);
  ASSERT_TRUE(recent_.find("1@x"));
  EXPECT_EQ(recent_.find("1@x")->key, key_of_queued(kClient, "4AA1"));
}

TEST_F(RecentMailTest, ItForgetsAfterADayAndIsBounded) {
  comes("4AA1", "x[192.0.2.1]", "1@x");
  pass(25h);
  EXPECT_FALSE(recent_.find("1@x"));
  for (std::size_t number = 0; number <= RecentMail::kMessagesMax; ++number) {
    recent_.came({kClient, {}, std::to_string(number) + "@x", {}, {}, kAt}, settings_);
  }
  EXPECT_FALSE(recent_.find("0@x"));
  EXPECT_TRUE(recent_.find("1@x"));
}

TEST_F(RecentMailTest, TheClockMayBeSetBack) {
  comes("4AA1", "localhost[127.0.0.1]", "1@b");
  comes("4AA2", "x[192.0.2.1]", "2@x");
  for (std::uint32_t host = 0; host < RecentMail::kNewlyKnownMax; ++host)
    is_sent("4AA1", "c@[x]", "[" + Address::v4(0x50000000 + host).to_string() + "]");
  rspamd("reject", "id: <1@x>, qid: <4AA3>");
  pass(-48h);
  pass(6min);
  EXPECT_EQ(score(), "0/1");
  pass(1h);
  is_sent("4AA1", "c@example.com", "mx.provider.example[198.51.100.7]");
  EXPECT_NE(ledger_.lookup(ClientKey(kOther)).written_to, kNever);
  EXPECT_TRUE(recent_.find("2@x"));
  pass(23h);
  EXPECT_FALSE(recent_.find("2@x"));
}

// The system's log has whole seconds.
TEST_F(RecentMailTest, TwoWordsOfASecondWithoutAnyNameAreTwo) {
  for (const auto* sender : {"a@x", "b@x", "a@x"})
    line("amavis", "(12-01) Blocked SPAM {RejectedInbound}, [192.0.2.1]:9 [192.0.2.1] <" +
                       std::string(sender) + "> -> <c@d>, mail_id: abc, Hits: 9, size: 9, 99 ms");
  pass(6min);
  EXPECT_EQ(score(), "0/2");
}

TEST_F(RecentMailTest, WhomOurUsersWriteToIsKnown) {
  line("postfix/smtpd", "4AA1: client=x[198.18.0.1], sasl_method=PLAIN, sasl_username=kim");
  line("postfix/qmgr", "4AA1: from=<kim@b>, size=9, nrcpt=1 (queue active)");
  is_sent("4AA1", "c@Mail.Example.com", "mx.provider.example[192.0.2.1]");
  EXPECT_TRUE(is_known(ClientKey(kClient)));
  EXPECT_TRUE(is_known(organisation("example.com")));
  EXPECT_TRUE(is_known(organisation("provider.example")));
  EXPECT_EQ(recent_.counts().sent, 1u);
  EXPECT_EQ(ledger_.lookup(ClientKey(kClient)).passed, 0u);
  EXPECT_FALSE(is_good(ledger_.lookup(ClientKey(kClient)), settings_.greet.pass_for, kAt));
  settings_.learn.sent = false;
  EXPECT_FALSE(is_known(ClientKey(kClient)));
}

TEST_F(RecentMailTest, EachServerTellsOfIt) {
  line("postfix/pickup", "4AA1: uid=1000 from=<kim>");
  line("postfix/cleanup", "4AA1: message-id=<1@b>");
  line("postfix/qmgr", "4AA1: from=<kim@b>, size=9, nrcpt=1 (queue active)");
  is_sent("4AA1", "c@a.example", "mx.a.example[192.0.2.11]");
  exim("1tXYZa-000000001AB-0001 <= kim@b U=kim P=local S=9");
  exim(
      "1tXYZa-000000001AB-0001 => c@b.example R=dnslookup T=remote_smtp H=mx.b.example "
      "[192.0.2.12] C=\"250 ok\"");
  line("sendmail",
       "5AM6xx: from=<kim@b>, size=9, class=0, nrcpts=1, msgid=<2@b>, proto=ESMTP, "
       "daemon=MTA-v4, relay=localhost [127.0.0.1]");
  line("sendmail",
       "5AM6xx: to=<c@c.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, "
       "pri=9, relay=mx.c.example. [192.0.2.13], dsn=2.0.0, stat=Sent (ok)");
  line("smtpd", "8ab0d8a13eb6e7b8 smtp connected address=local host=mx.b.example");
  line("smtpd", "8ab0d8a13eb6e7b8 smtp message msgid=4d2b8b4e size=9 nrcpt=1 proto=ESMTP");
  line("smtpd",
       "8ab0d8a8d5d0a1b4 mta delivery evpid=4d2b8b4e7b28b3ba from=<kim@b> "
       "to=<c@d.example> rcpt=<-> source=\"203.0.113.1\" relay=\"192.0.2.14 "
       "(mx.d.example)\" delay=1s result=\"Ok\" stat=\"250 ok\"");
  EXPECT_EQ(recent_.counts().sent, 4u);
  for (const auto* domain : {"a.example", "b.example", "c.example", "d.example"})
    EXPECT_TRUE(is_known(organisation(domain))) << domain;
  for (std::uint32_t host = 11; host <= 14; ++host)
    EXPECT_TRUE(is_known(ClientKey(Address::v4(0xc0000200 + host)))) << host;
}

TEST_F(RecentMailTest, WhatStrangersWriteMakesNobodyKnown) {
  const auto expect_none = [&](const char* what) {
    EXPECT_FALSE(is_known(ClientKey(kOther))) << what;
    EXPECT_FALSE(is_known(organisation("example.com"))) << what;
  };
  const std::string relay = "mx.example.com[198.51.100.7]";
  comes("4AA1", "x[192.0.2.1]", "1@x");
  is_sent("4AA1", "c@example.com", relay);
  expect_none("forwarded as it came");
  line("postfix/cleanup", "4AA2: message-id=<1@x>");
  line("postfix/qmgr", "4AA2: from=<a@example.net>, size=9, nrcpt=1 (queue active)");
  is_sent("4AA2", "c@example.com", relay);
  expect_none("forwarded by local");
  comes("4AA3", "localhost[127.0.0.1]", "1@x");
  is_sent("4AA3", "c@example.com", relay);
  expect_none("given back by a filter");
  line("postfix/pickup", "4AA4: uid=65534 from=<a@example.net>");
  line("postfix/cleanup", "4AA4: message-id=<1@x>");
  line("postfix/qmgr", "4AA4: from=<a@example.net>, size=9, nrcpt=1 (queue active)");
  is_sent("4AA4", "c@example.com", relay);
  expect_none("put in again by a command");
  comes("4AA5", "y[192.0.2.2]", "1@x");
  comes("4AA6", "localhost[127.0.0.1]", "1@x");
  is_sent("4AA6", "c@example.com", relay);
  expect_none("of one of two strangers");
  is_sent("4AA7", "c@example.com", relay);
  expect_none("of nobody knows whom");
  comes("4AA8", "localhost[127.0.0.1]", "8@x", "");
  is_sent("4AA8", "c@example.com", relay);
  expect_none("a bounce");
  EXPECT_EQ(recent_.counts().sent, 0u);
}

TEST_F(RecentMailTest, HostsOfOursAreNotMadeKnown) {
  comes("4AA1", "localhost[127.0.0.1]", "1@b");
  for (const auto* relay : {"filter[127.0.0.1]", "store[10.1.2.3]", "relay[203.0.113.8]"})
    is_sent("4AA1", "c@example.com", relay);
  EXPECT_EQ(recent_.counts().sent, 0u);
  EXPECT_FALSE(is_known(organisation("example.com")));
}

TEST_F(RecentMailTest, SoManyAreNewlyKnownInAnHour) {
  comes("4AA1", "localhost[127.0.0.1]", "1@b");
  const auto send = [&](std::uint32_t from, std::uint32_t count) {
    for (std::uint32_t host = from; host < from + count; ++host)
      is_sent("4AA1", "c@[x]", "[" + Address::v4(0x50000000 + host).to_string() + "]");
  };
  const auto known = [&](std::uint32_t host) {
    return ledger_.lookup(ClientKey(Address::v4(0x50000000 + host))).written_to != kNever;
  };
  send(0, RecentMail::kNewlyKnownMax + 1);
  EXPECT_TRUE(known(RecentMail::kNewlyKnownMax - 1));
  EXPECT_FALSE(known(RecentMail::kNewlyKnownMax));
  pass(1h);
  send(5'000, 1);
  EXPECT_TRUE(known(5'000));
}

}  // namespace
}  // namespace gatepost
