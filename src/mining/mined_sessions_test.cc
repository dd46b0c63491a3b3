// Tests of mining/mined_sessions.h: what a log's events come to.
#include "mining/mined_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "gate/scratch_ledger.h"
#include "wire/maillog/mail_log.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = LogEvent::Kind;

class MinedSessionsTest : public testing::Test {
 protected:
  MinedSessionsTest() {
    settings_->checks.treatments[CheckName::greylist] = {Treatment::off, 0};
    settings_->trusted = {*Network::parse("198.51.100.0/24"), *Network::parse("127.0.0.1")};
    mined_ = std::make_unique<MinedSessions>(
        settings_, ledger_, [this](const MinedSession& session) { sessions_.push_back(session); });
  }

  static LogEvent event(Kind kind, std::string_view transaction = {}) {
    LogEvent event;
    event.kind = kind;
    event.transaction = transaction;
    event.host = "mx";
    return event;
  }
  void tell(LogEvent event) {
    event.time = now_;
    mined_->heard(event);
  }
  void wait(Duration time) { now_ += time; }

  // Postfix's smtpd, a process a client.
  void smtpd(LogEvent event, std::string_view client) {
    event.visit = client;
    event.client = Address::parse(client);
    ASSERT_TRUE(event.client) << client;
    tell(event);
  }
  void connect(std::string_view client) { smtpd(event(Kind::connected), client); }
  void disconnect(std::string_view client, std::uint32_t recipients = 0,
                  std::uint32_t messages = 0) {
    auto end = event(Kind::disconnected);
    end.recipients = recipients;
    end.messages = messages;
    smtpd(end, client);
  }
  void guess(std::string_view client, int count) {
    for (; count > 0; --count) {
      auto unknown = event(Kind::unknown_user);
      unknown.sender = "a@b.example";
      unknown.recipient = "x@example.org";
      smtpd(unknown, client);
    }
  }
  void guess_in_a_session(std::string_view client, int count) {
    connect(client);
    guess(client, count);
    disconnect(client);
  }
  void message_id(std::string_view transaction, std::string_view id) {
    auto named = event(Kind::message_id, transaction);
    named.message_id = id;
    tell(named);
  }
  void queued(std::string_view transaction, std::string_view sender, std::uint64_t bytes) {
    auto queue = event(Kind::queued, transaction);
    queue.sender = sender;
    queue.bytes = bytes;
    queue.recipients = 1;
    tell(queue);
  }
  void delivered(std::string_view transaction, std::string_view recipient) {
    auto done = event(Kind::delivered, transaction);
    done.recipient = recipient;
    tell(done);
  }
  void removed(std::string_view transaction) { tell(event(Kind::removed, transaction)); }
  void filter(Kind kind, std::string_view transaction, std::string_view message_id = {},
              std::string_view client = {}) {
    auto judged = event(kind, transaction);
    judged.message_id = message_id;
    if (!client.empty()) judged.client = Address::parse(client);
    tell(judged);
  }
  // As far as the client sees it.
  void send(std::string_view client, std::string_view transaction, std::string_view id,
            std::string_view sender = "a@b.example") {
    connect(client);
    smtpd(event(Kind::transaction_began, transaction), client);
    message_id(transaction, id);
    queued(transaction, sender, 2310);
    disconnect(client, 1, 1);
  }
  void send_and_deliver(std::string_view client, std::string_view transaction, std::string_view id,
                        std::string_view sender = "a@b.example") {
    send(client, transaction, id, sender);
    delivered(transaction, "kim@example.org");
    removed(transaction);
    wait(1min);
    pass_time();
  }
  void pass_time() { tell(event(Kind::other)); }

  std::vector<AppliedClient> applied() const {
    std::vector<AppliedClient> clients;
    mined_->applied([&](const AppliedClient& client) { clients.push_back(client); });
    return clients;
  }

  const std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  ScratchLedger ledger_{nullptr};
  std::vector<MinedSession> sessions_;
  std::unique_ptr<MinedSessions> mined_;
  WallTime now_ = wall_time(1'795'327'200'000);
};

TEST_F(MinedSessionsTest, TellWhatBecameOfAMessage) {
  send("192.0.2.1", "4AbC", "one@b.example");
  delivered("4AbC", "kim@example.org");
  delivered("4AbC", "lee@example.org");
  delivered("4AbC", "kim@example.org");
  removed("4AbC");
  EXPECT_THAT(sessions_, IsEmpty());
  wait(10s);
  pass_time();
  ASSERT_THAT(sessions_, SizeIs(1));
  const auto& facts = sessions_[0].summary.facts;
  EXPECT_EQ(facts.client.address.to_string(), "192.0.2.1");
  EXPECT_EQ(facts.sender.to_string(), "a@b.example");
  EXPECT_THAT(facts.recipients, ElementsAre("kim@example.org", "lee@example.org"));
  EXPECT_EQ(facts.messages, 1u);
  EXPECT_EQ(facts.bytes, 2310u);
  EXPECT_EQ(sessions_[0].label, "");
  EXPECT_EQ(sessions_[0].summary.verdict.action, Action::accept);
}

TEST_F(MinedSessionsTest, GiveAMessageItsFiltersWordByItsQueueId) {
  send("192.0.2.1", "4AbC", "one@b.example");
  auto judged = event(Kind::judged_spam, "4AbC");
  judged.server = MailServer::dovecot;
  tell(judged);
  removed("4AbC");
  pass_time();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "spam");
  EXPECT_EQ(sessions_[0].label_from, "dovecot");
  EXPECT_EQ(ledger_.lookup(ClientKey(*Address::parse("192.0.2.1"))).spam, 1u);
}

TEST_F(MinedSessionsTest, FindAMessageBehindAFilterByItsMessageId) {
  send("192.0.2.1", "4AbC", "one@b.example");
  // The filter gives it back to this host, and only then says what it thinks of it.
  connect("127.0.0.1");
  smtpd(event(Kind::transaction_began, "5DeF"), "127.0.0.1");
  message_id("5DeF", "one@b.example");
  queued("5DeF", "a@b.example", 2900);
  disconnect("127.0.0.1", 1, 1);
  delivered("4AbC", "kim@example.org");
  removed("4AbC");
  wait(30s);
  filter(Kind::judged_ham, "", "one@b.example");
  EXPECT_THAT(sessions_, IsEmpty());
  delivered("5DeF", "kims-box@example.org");
  removed("5DeF");
  pass_time();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "ham");
  EXPECT_EQ(sessions_[0].summary.facts.messages, 1u);
  EXPECT_EQ(sessions_[0].summary.facts.bytes, 2310u);
  EXPECT_THAT(sessions_[0].summary.facts.recipients, ElementsAre("kim@example.org"));
}

TEST_F(MinedSessionsTest, TakeALabelThatComesBeforeItsMessage) {
  filter(Kind::judged_ham, "", "one@b.example");
  auto arrived = event(Kind::accepted, "1rZrDd-000000002gU-1rK6");
  arrived.server = MailServer::exim;
  arrived.client = Address::parse("192.0.2.1");
  arrived.sender = "a@b.example";
  arrived.message_id = "one@b.example";
  arrived.bytes = 512;
  tell(arrived);
  delivered("1rZrDd-000000002gU-1rK6", "kim@example.org");
  removed("1rZrDd-000000002gU-1rK6");
  wait(2min);
  pass_time();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "ham");
  EXPECT_EQ(sessions_[0].summary.facts.bytes, 512u);
}

TEST_F(MinedSessionsTest, LetNobodyTakeTheLabelOfAnothersMessageId) {
  send("192.0.2.1", "4AbC", "same@b.example");
  send("192.0.2.2", "5DeF", "same@b.example");
  filter(Kind::judged_ham, "", "same@b.example");
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(2));
  EXPECT_EQ(sessions_[0].label, "");
  EXPECT_EQ(sessions_[1].label, "");
}

TEST_F(MinedSessionsTest, FindTheLastMessageOfAClientWhereAFilterNamesThatAlone) {
  send("192.0.2.1", "4AbC", "one@b.example");
  send("192.0.2.2", "5DeF", "two@b.example");
  filter(Kind::judged_spam, "", "", "192.0.2.1");
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(2));
  EXPECT_EQ(sessions_[0].label, "spam");
  EXPECT_EQ(sessions_[1].label, "");
}

TEST_F(MinedSessionsTest, BelieveTheFilterThatCallsItSpam) {
  send("192.0.2.1", "4AbC", "one@b.example");
  filter(Kind::judged_spam, "4AbC");
  filter(Kind::judged_ham, "4AbC");
  mined_->end();
  EXPECT_EQ(sessions_.at(0).label, "spam");
  EXPECT_EQ(sessions_.at(0).ham, 0u);
  EXPECT_EQ(sessions_.at(0).spam, 1u);
}

TEST_F(MinedSessionsTest, MakeNoSessionsOfOurselvesAndTheTrusted) {
  guess_in_a_session("127.0.0.1", 9);
  guess_in_a_session("198.51.100.7", 9);
  mined_->end();
  EXPECT_THAT(sessions_, IsEmpty());
}

TEST_F(MinedSessionsTest, MakeOneSessionOfAConnectionThatPostscreenPassesOn) {
  for (const auto kind : {Kind::connected, Kind::disconnected}) {
    auto screened = event(kind);
    screened.visit = "[192.0.2.1]:4711";
    screened.client = Address::parse("192.0.2.1");
    tell(screened);
  }
  auto listed = event(Kind::listed);
  listed.client = Address::parse("192.0.2.1");
  tell(listed);
  guess_in_a_session("192.0.2.1", 1);
  mined_->end();
  EXPECT_THAT(sessions_, SizeIs(1));
}

TEST_F(MinedSessionsTest, TellWhoTalkedTooEarlyAndLeft) {
  for (const auto kind : {Kind::connected, Kind::spoke_early, Kind::hung_up, Kind::disconnected}) {
    auto screened = event(kind);
    screened.visit = "[192.0.2.1]:4711";
    screened.client = Address::parse("192.0.2.1");
    tell(screened);
  }
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].offences, 2u);
  EXPECT_TRUE(sessions_[0].summary.facts.pregreet);
  EXPECT_EQ(sessions_[0].summary.verdict.action, Action::jail);
}

TEST_F(MinedSessionsTest, CountAnActOnceThatIsToldTwice) {
  auto wrong = event(Kind::wrong_password);
  wrong.client = Address::parse("192.0.2.1");
  wrong.retold = true;
  tell(wrong);  // alone
  connect("192.0.2.2");
  wrong.client = Address::parse("192.0.2.2");
  tell(wrong);
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(2));
  for (const auto& session : sessions_) {
    const bool alone = session.summary.facts.client.address == *Address::parse("192.0.2.1");
    EXPECT_EQ(session.offences, alone ? 1u : 0u);
  }
}

TEST_F(MinedSessionsTest, CountGuessesThatAreToldBeforeTheirClient) {
  auto unknown = event(Kind::unknown_user, "m123");
  unknown.server = MailServer::sendmail;
  unknown.visit = "7";
  for (int i = 0; i < 4; ++i) tell(unknown);
  auto ended = event(Kind::transaction_ended, "m123");
  ended.server = MailServer::sendmail;
  ended.visit = "7";
  ended.client = Address::parse("192.0.2.1");
  ended.sender = "a@b.example";
  ended.recipients = 0;
  tell(ended);
  mined_->end();
  EXPECT_EQ(sessions_.at(0).offences, 4u);
}

TEST_F(MinedSessionsTest, MakeSessionsOfAFiltersOwnLog) {
  auto judged = event(Kind::judged_ham, "4AbC");
  judged.client = Address::parse("192.0.2.1");
  judged.sender = "a@b.example";
  judged.recipient = "kim@example.org";
  tell(judged);
  wait(6min);
  pass_time();
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "ham");
  EXPECT_EQ(sessions_[0].summary.facts.messages, 1u);
  EXPECT_EQ(sessions_[0].summary.facts.began, wall_time(1'795'327'200'000));
}

TEST_F(MinedSessionsTest, CountMessagesWhereTheServerDoesNot) {
  connect("192.0.2.1");
  smtpd(event(Kind::transaction_began, "4AbC"), "192.0.2.1");
  queued("4AbC", "a@b.example", 100);
  smtpd(event(Kind::disconnected), "192.0.2.1");
  removed("4AbC");
  mined_->end();
  EXPECT_EQ(sessions_.at(0).summary.facts.messages, 1u);
  EXPECT_EQ(ledger_.lookup(ClientKey(*Address::parse("192.0.2.1"))).passed, 1u);
}

TEST_F(MinedSessionsTest, JudgeWhatItDidAndThatItIsJailed) {
  guess_in_a_session("192.0.2.1", 12);
  wait(1min);
  guess_in_a_session("192.0.2.1", 3);
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(2));
  EXPECT_EQ(sessions_[0].offences, 12u);
  EXPECT_EQ(sessions_[0].summary.verdict.action, Action::jail);
  EXPECT_EQ(sessions_[1].offences, 3u);
  EXPECT_EQ(sessions_[1].summary.verdict.action, Action::jail);
}

// Exim names what it takes alone: spam that it refuses may have the message-id of another's
// message.
TEST_F(MinedSessionsTest, SpamKnownByItsMessageIdAloneIsNotAnothers) {
  const auto exim = [this](Kind kind, const std::string& client, std::string_view id = {}) {
    auto line = event(kind, id);
    line.server = MailServer::exim;
    line.had_content = kind == Kind::refused_content;
    line.client = Address::parse(client);
    line.sender = "a@b.example";
    line.message_id = id;
    tell(line);
  };
  const auto takes = [&](char id) { exim(Kind::accepted, std::string("192.0.2.") + id, {&id, 1}); };
  const auto refuses = [&] { exim(Kind::refused_content, "203.0.113.7"); };
  const auto spamd = [this](char id) {
    auto line = event(Kind::judged_spam);
    line.server = MailServer::spamd;
    line.message_id = {&id, 1};
    tell(line);
  };
  spamd('1');
  wait(3s);
  takes('1');  // spamd spoke long before
  takes('2');
  wait(3s);
  spamd('2');  // long behind
  spamd('3');
  refuses();
  takes('3');  // of the one that was refused
  wait(3s);
  refuses();
  spamd('4');
  takes('4');  // likewise, and the logs are two
  wait(3s);
  spamd('5');
  takes('5');
  takes('6');
  spamd('6');
  send("192.0.2.7", "4AbC", "7");
  wait(1min);
  spamd('7');  // Postfix names all
  takes('9');
  spamd('9');
  refuses();   // which was the one that spamd spoke of
  wait(-24h);  // another log
  spamd('8');
  takes('8');
  mined_->end();
  std::string spam_of;
  for (const auto& client : applied()) {
    if (client.spam > 0) spam_of += client.client.address().to_string().back();
  }
  std::sort(spam_of.begin(), spam_of.end());
  EXPECT_EQ(spam_of, "5678");
}

TEST_F(MinedSessionsTest, JudgeInTheLogsOwnTime) {
  guess_in_a_session("192.0.2.1", 5);
  wait(24h * 365);
  guess_in_a_session("192.0.2.1", 1);
  mined_->end();
  EXPECT_EQ(sessions_.at(0).summary.verdict.action, Action::jail);
  EXPECT_EQ(sessions_.at(1).summary.verdict.action, Action::accept);
}

TEST_F(MinedSessionsTest, JudgeAsIfEnforcedWhereTheModeIsObserve) {
  settings_->mode = Mode::observe;
  guess_in_a_session("192.0.2.1", 5);
  mined_->end();
  EXPECT_EQ(sessions_.at(0).summary.verdict.action, Action::jail);
  EXPECT_FALSE(sessions_.at(0).summary.verdict.observed);
}

TEST_F(MinedSessionsTest, SayOfEachClientWhatTheLedgerIsToLearn) {
  for (int i = 0; i < 3; ++i) {
    guess_in_a_session("192.0.2.1", 40);
    wait(1h);
  }
  guess_in_a_session("192.0.2.2", 1);
  send_and_deliver("192.0.2.3", "4AbC", "one@b.example");
  mined_->end();
  auto clients = applied();
  ASSERT_THAT(clients, SizeIs(2));
  EXPECT_EQ(clients[0].client.to_string(), "192.0.2.1");
  EXPECT_EQ(clients[0].sessions, 3u);
  EXPECT_GE(clients[0].strikes, 1u);
  EXPECT_EQ(clients[0].reason, CheckName::unknown_users);
  EXPECT_EQ(clients[0].detail, "120 unknown users in 3 sessions");
  EXPECT_EQ(clients[0].first, wall_time(1'795'327'200'000));
  EXPECT_EQ(clients[0].last, wall_time(1'795'327'200'000) + 2h);
  EXPECT_EQ(clients[1].client.to_string(), "192.0.2.3");
  EXPECT_EQ(clients[1].passed, 1u);
  EXPECT_EQ(clients[1].strikes, 0u);
}

TEST_F(MinedSessionsTest, GiveNoStrikesToWhomTheJudgeSpares) {
  guess_in_a_session("192.0.2.1", 40);
  wait(24h);
  send_and_deliver("192.0.2.1", "4AbC", "one@b.example");
  wait(24h);
  send_and_deliver("192.0.2.1", "5DeF", "two@b.example");
  mined_->end();
  const auto clients = applied();
  ASSERT_THAT(clients, SizeIs(1));
  EXPECT_EQ(clients[0].strikes, 0u);
  EXPECT_EQ(clients[0].passed, 2u);
}

TEST_F(MinedSessionsTest, TakeALineThatIsLateWithTheLastOne) {
  connect("192.0.2.1");
  wait(-5s);
  guess("192.0.2.1", 1);
  wait(65s);
  disconnect("192.0.2.1");
  mined_->end();
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].summary.facts.began, wall_time(1'795'327'200'000));
  EXPECT_EQ(sessions_[0].summary.ended, wall_time(1'795'327'200'000) + 1min);
}

TEST_F(MinedSessionsTest, BeginAnewWhereAnOlderLogFollows) {
  send("192.0.2.1", "4AbC", "one@b.example");
  wait(-24h);
  connect("192.0.2.2");
  ASSERT_THAT(sessions_, SizeIs(1));
  disconnect("192.0.2.2");
  mined_->end();
  EXPECT_EQ(sessions_.at(1).summary.facts.began, wall_time(1'795'327'200'000) - 24h);
}

TEST_F(MinedSessionsTest, PassOverWhatHasNoTime) {
  auto timeless = event(Kind::connected);
  timeless.client = Address::parse("192.0.2.1");
  mined_->heard(timeless);
  mined_->end();
  EXPECT_THAT(sessions_, IsEmpty());
}

TEST_F(MinedSessionsTest, KeepNoMoreThanFits) {
  // One connection that never ends, and sends without end.
  connect("192.0.2.1");
  for (int i = 0; i < 250'000; ++i) {
    const auto id = std::to_string(i);
    smtpd(event(Kind::transaction_began, id), "192.0.2.1");
    message_id(id, id);
  }
  EXPECT_LE(mined_->messages_now(), 200'000u);
  mined_->end();
  EXPECT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(mined_->messages_now(), 0u);
}

TEST_F(MinedSessionsTest, KeepNoMoreSessionsThanFit) {
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    const auto id = std::to_string(i);
    send(Address::v4(0xc0000000u + i).to_string(), id, id);
  }
  EXPECT_LE(mined_->sessions_now(), 50'002u);
  mined_->end();
  EXPECT_THAT(sessions_, SizeIs(60'000));
  EXPECT_EQ(mined_->sessions_now(), 0u);
}

// As servers and filters write them.
class LinesOfALogTest : public testing::Test {
 protected:
  LinesOfALogTest() { settings_->trusted = {*Network::parse("127.0.0.1")}; }

  void read(const std::string& name) {
    std::ifstream log(GATEPOST_SOURCE_DIR "/tests/mail_logs/sessions/" + name);
    ASSERT_TRUE(log) << name;
    MinedSessions mined(settings_, ledger_,
                        [this](const MinedSession& session) { sessions_.push_back(session); });
    MailLogReader reader({wall_time(1'795'327'200'000), 0s});
    for (std::string line; std::getline(log, line);) {
      const auto event = reader.read(line);
      ASSERT_TRUE(event) << line;
      mined.heard(*event);
    }
    mined.end();
  }

  const std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  ScratchLedger ledger_{nullptr};
  std::vector<MinedSession> sessions_;
};

TEST_F(LinesOfALogTest, PostfixBeforeAmavis) {
  read("postfix_amavis.log");
  ASSERT_THAT(sessions_, SizeIs(1));
  const auto& facts = sessions_[0].summary.facts;
  EXPECT_EQ(facts.client.address.to_string(), "192.0.2.1");
  EXPECT_EQ(facts.name.name, "mail.b.example");
  EXPECT_EQ(facts.sender.to_string(), "a@b.example");
  EXPECT_THAT(facts.recipients, ElementsAre("kim@example.org"));
  EXPECT_EQ(facts.messages, 1u);
  EXPECT_EQ(facts.bytes, 2310u);
  EXPECT_EQ(sessions_[0].label, "ham");
  EXPECT_EQ(sessions_[0].label_from, "amavis");
}

TEST_F(LinesOfALogTest, SendmailAndSpamd) {
  read("sendmail_spamd.log");
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "spam");
  EXPECT_EQ(sessions_[0].label_from, "spamd");
  EXPECT_EQ(sessions_[0].summary.facts.sender.to_string(), "c@d.example");
  EXPECT_THAT(sessions_[0].summary.facts.recipients, ElementsAre("lee@example.org"));
  EXPECT_EQ(sessions_[0].summary.facts.bytes, 1200u);
}

TEST_F(LinesOfALogTest, Exim) {
  read("exim.log");
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "");
  EXPECT_EQ(sessions_[0].summary.facts.sender.to_string(), "e@f.example");
  EXPECT_THAT(sessions_[0].summary.facts.recipients, ElementsAre("kim@example.org"));
  EXPECT_EQ(sessions_[0].summary.facts.bytes, 512u);
}

TEST_F(LinesOfALogTest, PostfixThatRefusesWhatRspamdCallsSpam) {
  read("postfix_rspamd.log");
  ASSERT_THAT(sessions_, SizeIs(1));
  EXPECT_EQ(sessions_[0].label, "spam");
  EXPECT_EQ(sessions_[0].label_from, "rspamd");
  EXPECT_EQ(sessions_[0].offences, 1u);
  EXPECT_EQ(sessions_[0].summary.facts.messages, 0u);
}

}  // namespace
}  // namespace gatepost
