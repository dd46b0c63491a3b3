// Tests of gate/trap_candidates.
#include "gate/trap_candidates.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kDay1 = wall_time(1'700'000'000'000);

RecordedSession session_to(std::vector<std::string> recipients, const char* client = "192.0.2.7") {
  RecordedSession session;
  auto& facts = session.summary.facts;
  facts.client.address = *Address::parse(client);
  facts.began = kDay1;
  facts.sender = {"bot", "example.net"};
  facts.recipients = std::move(recipients);
  return session;
}

RecordedSession mail_to(std::vector<std::string> recipients, std::optional<MailWord> label) {
  auto session = session_to(std::move(recipients));
  session.summary.facts.messages = 1;
  session.label = label;
  return session;
}

RecordedSession refused(std::vector<std::string> recipients, Action action = Action::jail,
                        const char* client = "192.0.2.7") {
  auto session = session_to(std::move(recipients), client);
  session.summary.verdict.action = action;
  return session;
}

std::vector<std::string> named(const std::vector<RecordedSession>& sessions) {
  TrapCandidates candidates("+-");
  for (const auto& session : sessions) candidates.take(session);
  std::vector<std::string> names;
  for (const auto& candidate : candidates.ranked()) names.push_back(candidate.recipient);
  return names;
}

TEST(TrapCandidates, AreThoseWhoGetSpamOrWhoseMailIsRefused) {
  EXPECT_THAT(named({mail_to({"a@d.example"}, MailWord::spam), refused({"b@d.example"}),
                     refused({"c@d.example"}, Action::reject)}),
              ElementsAre("a@d.example", "b@d.example", "c@d.example"));
}

TEST(TrapCandidates, AreNotThoseWhoEverGetHam) {
  const auto spam = mail_to({"A@D.example"}, MailWord::spam);
  const auto ham = mail_to({"a@d.example."}, MailWord::ham);
  EXPECT_THAT(named({spam, ham}), IsEmpty());
  EXPECT_THAT(named({ham, spam}), IsEmpty());
}

TEST(TrapCandidates, AreNotThoseWhoGetMailThatNobodyCalledSpam) {
  EXPECT_THAT(named({mail_to({"a@d.example"}, MailWord::spam), mail_to({"a@d.example"}, {})}),
              IsEmpty());
}

TEST(TrapCandidates, AreNotWhatATagOfGoodMailBelongsTo) {
  EXPECT_THAT(
      named({mail_to({"a@d.example", "a-shop@d.example", "a-shop+x@d.example"}, MailWord::spam),
             mail_to({"a-shop@d.example"}, MailWord::ham)}),
      ElementsAre("a-shop+x@d.example"));
}

TEST(TrapCandidates, AreNotWhoLogsIn) {
  auto whole = session_to({});
  whole.summary.facts.authenticated = "A@d.example";
  auto short_one = session_to({});
  short_one.summary.facts.authenticated = "b";
  EXPECT_THAT(named({refused({"a@d.example", "b@d.example", "c@d.example"}), whole, short_one}),
              ElementsAre("c@d.example"));
}

TEST(TrapCandidates, AreNotToldByOurOwnUsersOrByBounces) {
  auto user = refused({"a@d.example"});
  user.summary.facts.purpose = Purpose::submission;
  auto bounce = mail_to({"b@d.example"}, MailWord::spam);
  bounce.summary.facts.sender = {};
  EXPECT_THAT(named({user, bounce}), IsEmpty());
}

TEST(TrapCandidates, AreNotToldByMailThatWillComeAgain) {
  auto greylisted = refused({"a@d.example"}, Action::tempfail);
  greylisted.summary.verdict.findings = {
      {CheckName::greylist, EvidenceClass::conduct, Treatment::tempfail, 0, ""},
      {CheckName::helo, EvidenceClass::identity, Treatment::note, 0, ""}};
  EXPECT_THAT(named({greylisted, session_to({"a@d.example"})}), IsEmpty());
  auto& findings = greylisted.summary.verdict.findings;
  findings.push_back({CheckName::dnsbl, EvidenceClass::reputation, Treatment::points, 3, ""});
  EXPECT_THAT(named({greylisted}), ElementsAre("a@d.example"));
}

TEST(TrapCandidates, TellUnknownUsersOnlyWhereAllAre) {
  auto guessed = session_to({"a@d.example", "b@d.example"});
  guessed.summary.facts.recipients_tried = guessed.summary.facts.unknown_recipients = 2;
  auto one_is_known = session_to({"c@d.example", "d@d.example"});
  one_is_known.summary.facts.recipients_tried = 2;
  one_is_known.summary.facts.unknown_recipients = 1;
  EXPECT_THAT(named({guessed, one_is_known}), ElementsAre("a@d.example", "b@d.example"));
}

TEST(TrapCandidates, AreNotWhatTheJournalHides) {
  TrapCandidates candidates("+-");
  candidates.take(refused({"*@d.example", "*", "postmaster"}));
  EXPECT_THAT(candidates.ranked(), IsEmpty());
  EXPECT_EQ(candidates.counts().hidden, 3u);
}

TEST(TrapCandidates, CountWhatSpeaksForThem) {
  TrapCandidates candidates("+-");
  candidates.take(refused({"a@d.example", "a@d.example"}));
  candidates.take(refused({"a@d.example"}, Action::jail, "192.0.2.8"));
  auto later = mail_to({"a@d.example"}, MailWord::spam);
  later.summary.facts.client.address = *Address::parse("2001:db8::1");
  later.summary.facts.began = kDay1 + std::chrono::hours(30);
  candidates.take(later);
  const auto ranked = candidates.ranked();
  ASSERT_EQ(ranked.size(), 1u);
  const auto& candidate = ranked.front();
  EXPECT_EQ(candidate.spam, 1u);
  EXPECT_EQ(candidate.refused, 2u);
  EXPECT_EQ(candidate.clients, 3u);
  EXPECT_EQ(candidate.networks, 2u);
  EXPECT_EQ(candidate.days, 2u);
  EXPECT_EQ(candidate.first_seen, kDay1);
  EXPECT_EQ(candidate.last_seen, later.summary.facts.began);
}

TEST(TrapCandidates, RankUnknownUsersFirstThenWhoGetsMost) {
  auto unknown = session_to({"u@d.example"});
  unknown.summary.facts.recipients_tried = unknown.summary.facts.unknown_recipients = 1;
  EXPECT_THAT(named({refused({"one@d.example"}), refused({"net@d.example"}),
                     refused({"net@d.example"}, Action::jail, "198.51.100.1"),
                     refused({"two@d.example"}), refused({"two@d.example"}), unknown}),
              ElementsAre("u@d.example", "net@d.example", "two@d.example", "one@d.example"));
}

TEST(TrapCandidates, HearOldSessionsOnlyAgainstThem) {
  TrapCandidates candidates("+-", kDay1 + std::chrono::hours(1));
  auto late = refused({"a@d.example", "b@d.example"});
  late.summary.facts.began += std::chrono::hours(2);
  candidates.take(late);
  candidates.take(refused({"c@d.example"}));
  candidates.take(mail_to({"a@d.example"}, MailWord::ham));
  const auto ranked = candidates.ranked();
  ASSERT_EQ(ranked.size(), 1u);
  EXPECT_EQ(ranked.front().recipient, "b@d.example");
}

TEST(TrapCandidates, AreBoundedAndStayTrueAtTheBound) {
  TrapCandidates candidates("+-", kNever, 3);
  for (int i = 0; i < 10; ++i) candidates.take(refused({fmt::format("x{}@d.example", i)}));
  candidates.take(mail_to({"x1@d.example", "x9@d.example"}, MailWord::ham));
  candidates.take(refused({"x9@d.example"}));
  const auto ranked = candidates.ranked();
  ASSERT_EQ(ranked.size(), 2u);
  EXPECT_EQ(ranked[0].recipient, "x0@d.example");
  EXPECT_EQ(ranked[1].recipient, "x2@d.example");
  EXPECT_EQ(candidates.counts().beyond, 9u);
}

}  // namespace
}  // namespace gatepost
