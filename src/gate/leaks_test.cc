// Tests of gate/leaks, and of the judge that notes them.
#include "gate/leaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/judge.h"
#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kNow = wall_time(1'700'000'000'000);

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

class LeaksTest : public testing::Test {
 protected:
  LeaksTest() {
    settings_.mode = Mode::enforce;
    settings_.trusted = {*Network::parse("198.51.100.0/24")};
    settings_.checks.restricted.addresses = {
        {"me-shop@example.org", {"shop.example.com", "mail.example.net"}}};
  }

  void write(const char* client, Mailbox sender, WallTime at = kNow,
             const Mailbox& recipient = {"Me-Shop", "example.org"}) {
    SessionFacts facts;
    facts.id = "S1";
    facts.client.address = *Address::parse(client);
    SessionJudge judge(settings_, ledger_, alarms_, std::move(facts));
    judge.transaction_began(sender);
    judge.at_recipient(recipient, at);
  }

  std::optional<Leak> leak() { return leak_of(ledger_, "me-shop@example.org"); }

  Settings settings_;
  ScratchLedger ledger_{nullptr};
  Alarms alarms_;
};

TEST_F(LeaksTest, TheFirstIsToldAndOthersCount) {
  write("192.0.2.7", {"a\x07", "evil.example"});
  write("192.0.2.8", {"b", "evil.example"}, kNow + std::chrono::hours(1));
  EXPECT_THAT(alarms_.told,
              ElementsAre("restricted-leaked: me-shop@example.org, which was given to "
                          "shop.example.com, mail.example.net alone, is known to others: "
                          "a\\x07@evil.example wrote to it from 192.0.2.7"));
  ASSERT_TRUE(leak());
  EXPECT_EQ(leak()->first, kNow);
  EXPECT_EQ(leak()->last, kNow + std::chrono::hours(1));
  EXPECT_EQ(leak()->count, 2u);
  EXPECT_EQ(leak()->client, "192.0.2.7");
  EXPECT_EQ(leak()->sender, "a\\x07@evil.example");
}

TEST_F(LeaksTest, NobodyElseTellsOfOne) {
  write("192.0.2.7", {"news", "shop.example.com"});
  write("192.0.2.7", {});                        // a bounce
  write("198.51.100.1", {"a", "evil.example"});  // trusted
  write("192.0.2.7", {"a", "evil.example"}, kNow, {"me", "example.org"});
  settings_.exceptions.networks = {*Network::parse("192.0.2.9")};
  write("192.0.2.9", {"a", "evil.example"});
  EXPECT_THAT(alarms_.told, IsEmpty());
  EXPECT_FALSE(leak());
}

TEST_F(LeaksTest, TheSenderIsToldAsFarAsTheJournalMay) {
  settings_.journal.addresses = JournalSettings::Addresses::domain;
  write("192.0.2.7", {"a", "evil.example"});
  EXPECT_EQ(leak()->sender, "*@evil.example");
}

TEST_F(LeaksTest, ObservingOrNotingTellsItToo) {
  settings_.mode = Mode::observe;
  settings_.checks.treatments[CheckName::restricted] = {Treatment::note, 0};
  write("192.0.2.7", {"a", "evil.example"});
  EXPECT_EQ(alarms_.told.size(), 1u);
}

}  // namespace
}  // namespace gatepost
