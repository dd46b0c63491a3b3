// Tests of ops/cli/what_if.h: what the gate would have done with a log's sessions.
#include "ops/cli/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class WhatIfTest : public testing::Test {
 protected:
  WhatIfTest() { settings_.checks.treatments[CheckName::greylist] = {Treatment::off, 0}; }

  void greylist_all() {
    settings_.checks.treatments[CheckName::greylist] = {Treatment::tempfail, 0};
    settings_.checks.greylist.for_whom = GreylistSettings::For::all;
  }

  static MinedSession session(std::string_view client, Duration after = 0s) {
    MinedSession made;
    auto& facts = made.summary.facts;
    facts.id = "M1";
    facts.door = "follow";
    facts.client.address = *Address::parse(client);
    facts.began = kFirst + after;
    facts.sender = {"a", "b.example"};
    made.summary.ended = facts.began + 1s;
    return made;
  }
  static MinedSession guesses(std::string_view client, std::uint32_t count, Duration after = 0s) {
    auto made = session(client, after);
    auto& facts = made.summary.facts;
    facts.recipients.assign(std::min(count, 20u), "x@example.org");
    facts.recipients_tried = facts.unknown_recipients = facts.errors = facts.tried = count;
    made.offences = count;
    return made;
  }
  static MinedSession mail(std::string_view client, Duration after = 0s, std::uint32_t spam = 0,
                           std::uint32_t messages = 1) {
    auto made = session(client, after);
    made.summary.facts.recipients = {"kim@example.org"};
    made.summary.facts.messages = messages;
    made.spam = spam;
    if (spam > 0) {
      made.label = "spam";
      made.label_from = "rspamd";
    }
    return made;
  }

  void play(const std::vector<MinedSession>& sessions) {
    what_if_ = std::make_unique<WhatIfReplay>(settings_, ledger_);
    for (const auto& session : sessions) verdicts_.push_back(what_if_->add(session));
    what_if_->end();
    sums_ = what_if_->sums();
  }
  std::optional<WhatIf::Jailed> first_jailed(std::string_view client) const {
    return what_if_->first_jailed(ClientKey(*Address::parse(client)));
  }

  static constexpr WallTime kFirst = wall_time(1'795'327'200'000);
  Settings settings_;
  ScratchLedger ledger_{nullptr};
  std::vector<Verdict> verdicts_;
  WhatIf sums_;

 private:
  std::unique_ptr<WhatIfReplay> what_if_;
};

TEST_F(WhatIfTest, OffencesCountFromTheSentenceOn) {
  play({guesses("192.0.2.1", 12), guesses("192.0.2.1", 3, 1min)});
  EXPECT_EQ(verdicts_[0].action, Action::jail);
  EXPECT_EQ(verdicts_[1].action, Action::tempfail);
  EXPECT_EQ(sums_.sessions, 2u);
  EXPECT_EQ(sums_.refused, 1u) << "the first recipients of the first went to the server";
  EXPECT_EQ(sums_.deferred, 1u);
  EXPECT_EQ(sums_.jailed, 1u);
  EXPECT_EQ(sums_.jailed_clients, 1u);
  EXPECT_EQ(sums_.offences, 15u);
  EXPECT_EQ(sums_.offences_kept, 10u);
}

TEST_F(WhatIfTest, SaysWhenAClientIsJailedAndWhatItHadDoneUntilThen) {
  play({guesses("192.0.2.1", 2), guesses("192.0.2.1", 40, 1min), guesses("192.0.2.1", 40, 48h),
        guesses("192.0.2.2", 1, 48h)});
  const auto jailed = first_jailed("192.0.2.1");
  ASSERT_TRUE(jailed);
  EXPECT_EQ(jailed->address.to_string(), "192.0.2.1");
  EXPECT_EQ(jailed->at, kFirst + 1min);
  EXPECT_EQ(jailed->offences_before, 5u);
  EXPECT_EQ(jailed->sentences, 2u);
  EXPECT_EQ(jailed->reason, "unknown_users");
  EXPECT_EQ(sums_.jailed, 2u);
  EXPECT_EQ(sums_.jailed_clients, 1u);
  EXPECT_FALSE(first_jailed("192.0.2.2"));
}

TEST_F(WhatIfTest, WhoTalksTooEarlyHasDoneThatBeforeItIsJailed) {
  auto early = session("192.0.2.1");
  early.summary.facts.pregreet = true;
  early.offences = 2;  // and then hung up
  play({early});
  EXPECT_EQ(sums_.offences_kept, 1u);
  EXPECT_EQ(sums_.deferred, 1u);
  EXPECT_EQ(sums_.jailed, 1u);
}

TEST_F(WhatIfTest, WhoGuessesPasswordsIsRefusedAtItsLogin) {
  auto wrong = session("192.0.2.1");
  auto& facts = wrong.summary.facts;
  facts.purpose = Purpose::submission;
  facts.sender = {};
  facts.passwords_tried = facts.passwords_failed = facts.tried = facts.errors = 30;
  wrong.offences = 30;
  auto again = wrong;
  again.summary.facts.began += 10s;
  again.summary.ended += 10s;
  play({wrong, again});
  EXPECT_EQ(sums_.refused, 2u);
  EXPECT_EQ(sums_.jailed, 1u);
  EXPECT_GT(sums_.offences_kept, 30u);
  EXPECT_LT(sums_.offences_kept, 60u);
}

TEST_F(WhatIfTest, GreylistedHamIsDelayedAndLetInFromThenOn) {
  greylist_all();
  play({mail("192.0.2.1"), mail("192.0.2.1", 24h)});
  EXPECT_EQ(verdicts_[0].action, Action::tempfail);
  EXPECT_EQ(verdicts_[1].action, Action::accept);
  EXPECT_EQ(sums_.ham, 2u);
  EXPECT_EQ(sums_.ham_delayed, 1u);
  EXPECT_EQ(sums_.ham_refused, 0u);
  ASSERT_THAT(sums_.hurt, SizeIs(1));
  EXPECT_EQ(sums_.hurt[0].address.to_string(), "192.0.2.1");
  EXPECT_EQ(sums_.hurt[0].delayed, 1u);
  EXPECT_EQ(sums_.hurt[0].refused, 0u);
  EXPECT_THAT(sums_.hurt[0].why, StartsWith("greylist: "));
}

TEST_F(WhatIfTest, HamThatIsRefusedForGoodDoesNotCome) {
  settings_.checks.treatments[CheckName::botnet_nordns] = {Treatment::reject, 0};
  auto refused = mail("192.0.2.1", 0s, 0, 3);
  refused.summary.facts.name.outcome = ClientName::Outcome::none;
  play({refused, mail("192.0.2.2")});
  EXPECT_EQ(sums_.refused, 1u);
  EXPECT_EQ(sums_.deferred, 0u);
  EXPECT_EQ(sums_.ham, 4u);
  EXPECT_EQ(sums_.ham_refused, 3u);
  EXPECT_EQ(sums_.ham_delayed, 0u);
  ASSERT_THAT(sums_.hurt, SizeIs(1));
  EXPECT_EQ(sums_.hurt[0].refused, 3u);
  EXPECT_THAT(sums_.hurt[0].why, StartsWith("botnet_nordns: "));
}

TEST_F(WhatIfTest, HamThatIsDeferredUntilItsServerGivesUpDoesNotCome) {
  settings_.checks.treatments[CheckName::botnet_nordns] = {Treatment::tempfail, 0};
  auto deferred = mail("192.0.2.1");
  deferred.summary.facts.name.outcome = ClientName::Outcome::none;
  play({deferred});
  EXPECT_EQ(sums_.deferred, 1u);
  EXPECT_EQ(sums_.ham_refused, 1u);
  EXPECT_EQ(sums_.ham_delayed, 0u);
}

TEST_F(WhatIfTest, SpamOfWhoIsJailedIsKeptOut) {
  play({guesses("192.0.2.1", 5), mail("192.0.2.1", 10s, 1), mail("192.0.2.2", 20s, 1)});
  EXPECT_EQ(sums_.spam, 2u);
  EXPECT_EQ(sums_.spam_kept, 1u);
  EXPECT_EQ(sums_.ham, 0u);
  EXPECT_THAT(sums_.hurt, IsEmpty());
}

TEST_F(WhatIfTest, HamBesideSpamIsAsItWasAnswered) {
  greylist_all();
  play({mail("192.0.2.1", 0s, 1, 3)});
  EXPECT_EQ(sums_.spam_kept, 1u);
  EXPECT_EQ(sums_.ham, 2u);
  EXPECT_EQ(sums_.ham_delayed, 2u);
}

TEST_F(WhatIfTest, TheTimeIsTheLogs) {
  play({guesses("192.0.2.1", 5), guesses("192.0.2.1", 1, 24h * 365)});
  EXPECT_EQ(verdicts_[0].action, Action::jail);
  EXPECT_EQ(verdicts_[1].action, Action::accept);
}

TEST_F(WhatIfTest, ItIsEnforcedWhereTheModeIsObserve) {
  settings_.mode = Mode::observe;
  play({guesses("192.0.2.1", 5), guesses("192.0.2.1", 5, 10s)});
  EXPECT_EQ(sums_.refused, 1u);
  EXPECT_FALSE(verdicts_[0].observed);
}

}  // namespace
}  // namespace gatepost
