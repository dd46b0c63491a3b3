// Tests of the course of a replay: whose acts count, how many wait, and whose time it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gate/scratch_ledger.h"
#include "lab/replay/replay.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Answer = Attempt::Answer;

// Knows what was said of the last message.
class TellingLedger final : public ScratchLedger {
 public:
  TellingLedger() : ScratchLedger(nullptr) {}
  std::optional<ToldMessage> message(const MessageKey& key) const override {
    return last_ && last_->key == key ? last_ : std::nullopt;
  }
  void learn(const std::vector<Observation>& observations, const ToldMessage& message) override {
    ScratchLedger::learn(observations, message);
    last_ = message;
  }

 private:
  std::optional<ToldMessage> last_;
};

class ReplayCourseTest : public testing::Test {
 protected:
  ReplayCourseTest() {
    settings_.checks.treatments[CheckName::greylist] = {Treatment::off, 0};
    settings_.jail.grace = 0s;
  }

  void greylist_all() {
    settings_.checks.treatments[CheckName::greylist] = {Treatment::tempfail, 0};
    settings_.checks.greylist.for_whom = GreylistSettings::For::all;
  }

  std::shared_ptr<RecordedSession> session(std::string_view client, Duration after = 0s) const {
    auto made = std::make_shared<RecordedSession>();
    auto& facts = made->summary.facts;
    facts.id = "s";
    facts.door = "follow";
    facts.client.address = *Address::parse(client);
    facts.began = kFirst + after;
    facts.sender = {"a", "b.example"};
    made->summary.ended = facts.began + 1s;
    return made;
  }
  std::shared_ptr<RecordedSession> guesses(std::string_view client, std::uint32_t count,
                                           Duration after = 0s) const {
    auto made = session(client, after);
    auto& facts = made->summary.facts;
    facts.recipients.assign(count, "x@example.org");
    facts.unknown_recipients = facts.errors = count;
    return made;
  }
  std::shared_ptr<RecordedSession> mail(std::string_view client, Duration after = 0s) const {
    auto made = session(client, after);
    made->summary.facts.recipients = {"kim@example.org"};
    made->summary.facts.messages = 1;
    return made;
  }

  void play(const std::vector<std::shared_ptr<RecordedSession>>& sessions) {
    Replay replay(
        settings_, ledger_, options_,
        {[this](const Replayed& one) { judged_.push_back(one); },
         [this](const Replayed& one) { settled_.push_back(one); },
         [this](const Sentence&, const SessionFacts& facts) { jailed_.push_back(facts); }});
    for (const auto& session : sessions) replay.take(session);
    replay.end();
  }
  std::uint32_t unknown_users_of(std::string_view client) const {
    return ledger_.lookup(ClientKey(*Address::parse(client))).unknown_users.failed;
  }

  static constexpr WallTime kFirst = wall_time(1'795'327'200'000);
  Settings settings_;
  ReplayOptions options_;
  ScratchLedger ledger_{nullptr};
  std::vector<Replayed> judged_;
  std::vector<Replayed> settled_;
  std::vector<SessionFacts> jailed_;
};

TEST_F(ReplayCourseTest, WhoIsSentencedOnTheWayIsNotHeardFurther) {
  play({guesses("192.0.2.1", 12)});
  ASSERT_THAT(jailed_, SizeIs(1));
  EXPECT_EQ(jailed_[0].unknown_recipients, 5u);
  EXPECT_EQ(judged_[0].first.answer, Answer::let_in) << "its first recipients went to the server";
  EXPECT_EQ(judged_[0].first.errors_before, 5u);
  EXPECT_EQ(unknown_users_of("192.0.2.1"), 0u) << "since its sentence";
}

TEST_F(ReplayCourseTest, NorWhereOnlyTheirNumberIsRecorded) {
  auto session = guesses("192.0.2.1", 12);
  session->summary.facts.recipients.clear();
  play({session});
  EXPECT_EQ(judged_[0].first.errors_before, 5u);
  EXPECT_EQ(unknown_users_of("192.0.2.1"), 0u) << "since its sentence";
}

TEST_F(ReplayCourseTest, WhoIsInJailHasErredBeforeAndDoesNothingMore) {
  play({guesses("192.0.2.1", 5), guesses("192.0.2.1", 3, 1min)});
  EXPECT_EQ(judged_[1].first.answer, Answer::deferred);
  EXPECT_EQ(judged_[1].first.errors_before, 0u);
  EXPECT_THAT(jailed_, SizeIs(1));
}

TEST_F(ReplayCourseTest, WhoIsLetInHasNotBeenRefused) {
  play({guesses("192.0.2.1", 1), mail("192.0.2.2")});
  EXPECT_EQ(judged_[0].first.errors_before, std::nullopt);
  EXPECT_EQ(judged_[1].first.errors_before, std::nullopt);
}

TEST_F(ReplayCourseTest, WhoIsGreetedAtOnceDoesNotSpeakTooEarly) {
  auto early = mail("192.0.2.1");
  early->summary.facts.door = "smtp";
  early->summary.facts.pregreet = true;
  early->summary.facts.early_after = 2s;
  settings_.greet.wait = 2s;
  play({early});
  EXPECT_EQ(judged_[0].first.answer, Answer::let_in);
  settings_.greet.wait = 3s;
  early->summary.facts.client.address = *Address::parse("198.51.100.1");
  play({early});
  EXPECT_EQ(judged_[1].first.answer, Answer::deferred);
}

TEST_F(ReplayCourseTest, WhoSpokeBeforeAnotherServersGreetingDid) {
  auto early = mail("192.0.2.1");
  early->summary.facts.pregreet = true;
  settings_.greet.wait = 0s;
  play({early});
  EXPECT_EQ(judged_[0].first.answer, Answer::deferred);
}

TEST_F(ReplayCourseTest, ABalancersOwnConnectionIsNotTrustedForItsAddress) {
  settings_.trusted = {*Network::parse("192.0.2.1")};
  auto unclaimed = guesses("192.0.2.1", 12);
  play({unclaimed});
  EXPECT_EQ(judged_[0].first.errors_before, std::nullopt);
  unclaimed->summary.facts.unclaimed = true;
  play({unclaimed});
  EXPECT_NE(judged_[1].shadow.action, Action::accept);
}

TEST_F(ReplayCourseTest, AMemoryLongEnoughKnowsWhatWasSaidOfAMessageBefore) {
  auto missed = mail("192.0.2.1");
  missed->label = MailWord::spam;
  missed->missed = true;
  for (const auto& memory : {std::optional<Duration>(), std::optional<Duration>(24h)}) {
    TellingLedger ledger;
    options_.memory = memory;
    Replay replay(settings_, ledger, options_, {});
    replay.take(missed);
    replay.end();
    const auto record = ledger.lookup(ClientKey(*Address::parse("192.0.2.1")));
    EXPECT_EQ(record.missed_spam, 1u);
    EXPECT_EQ(record.spam, 0u);
  }
}

TEST_F(ReplayCourseTest, OfTooManyThatWaitTheOneThatIsDueLastIsGivenUp) {
  greylist_all();
  options_.waiting_max = 2;
  play({mail("192.0.2.1"), mail("198.51.100.1", 10s), mail("203.0.113.1", 20s)});
  ASSERT_THAT(settled_, SizeIs(3));
  EXPECT_TRUE(settled_[0].no_room);
  EXPECT_FALSE(settled_[0].delivered);
  EXPECT_FALSE(settled_[0].refused);
  for (const auto one : {1u, 2u}) {
    EXPECT_FALSE(settled_[one].no_room);
    EXPECT_TRUE(settled_[one].delivered);
  }
}

TEST_F(ReplayCourseTest, WhoHasComeAgainLeavesRoom) {
  greylist_all();
  options_.waiting_max = 2;
  play({mail("192.0.2.1"), mail("198.51.100.1"), mail("203.0.113.1", 24h)});
  ASSERT_THAT(settled_, SizeIs(3));
  for (const auto& one : settled_) EXPECT_TRUE(one.delivered);
}

TEST_F(ReplayCourseTest, AnotherRecordingHasItsOwnTime) {
  auto long_one = mail("192.0.2.2", -3h);  // which the other session came in
  long_one->summary.ended = kFirst + 1min;
  auto endless = mail("192.0.2.3", -48h);
  endless->summary.ended = kNever;
  play({mail("192.0.2.1"), long_one, endless, mail("192.0.2.4", -24h), mail("192.0.2.5", -23h)});
  std::vector<Duration> began;
  for (const auto& one : judged_) began.push_back(one.began - kFirst);
  EXPECT_THAT(began, ElementsAre(0s, 0s, 0s, -24h, -23h));
}

TEST_F(ReplayCourseTest, WhoIsStillToComeAgainDoesBeforeAnotherRecording) {
  greylist_all();
  play({mail("192.0.2.1"), mail("198.51.100.1", -24h)});
  ASSERT_THAT(settled_, SizeIs(2));
  EXPECT_EQ(settled_[0].number, 0u);
  EXPECT_TRUE(settled_[0].delivered);
  EXPECT_GT(settled_[0].settled, kFirst);
  EXPECT_LT(settled_[1].settled, kFirst);
}

}  // namespace
}  // namespace gatepost
