// A line for each client that was refused at connect, however often it came.
#include "gate/refused_clients.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

const WallTime kNow = wall_time(1'800'000'000'000);

Welcome refused_for(const std::string& id) {
  Welcome welcome;
  welcome.refused = true;
  welcome.sentence = {
      kNow, kNow + std::chrono::hours(2), std::chrono::hours(2), 1, 1, CheckName::trap, id};
  return welcome;
}

Endpoint client(std::uint32_t bits) { return {Address::v4(bits), 4000}; }

TEST(RefusedClients, CountsByAddress) {
  RefusedClients refused;
  refused.add(client(1), Purpose::mx, refused_for("A-1"), {}, kNow);
  refused.add(client(1), Purpose::mx, refused_for("A-1"), {}, kNow + std::chrono::seconds(20));
  refused.add(client(2), Purpose::mx, refused_for("B-1"), {}, kNow);
  const auto summaries = refused.take();
  ASSERT_EQ(summaries.size(), 2u);
  const auto& first = summaries[summaries[0].facts.client == client(1) ? 0 : 1];
  EXPECT_EQ(first.facts.visits, 2u);
  EXPECT_EQ(first.facts.began, kNow);
  EXPECT_EQ(first.ended, kNow + std::chrono::seconds(20));
  EXPECT_EQ(first.verdict.action, Action::jail);
  EXPECT_EQ(first.verdict.id, "A-1");
  EXPECT_TRUE(refused.empty());
}

TEST(RefusedClients, SaysWhatTheirSentenceSays) {
  RefusedClients refused;
  const auto said = [&](std::uint32_t number, const char* id) {
    return std::string(refused.add(client(number), Purpose::mx, refused_for(id), {}, kNow));
  };
  const auto expected = [](std::uint32_t number, const char* id) {
    return refusal_at_connect(refused_for(id), client(number).address, {}).wire();
  };
  EXPECT_EQ(said(1, "A-1"), expected(1, "A-1"));
  EXPECT_EQ(said(2, "B-1"), expected(2, "B-1"));
  EXPECT_EQ(said(1, "A-1"), expected(1, "A-1"));
  EXPECT_EQ(said(1, "A-2"), expected(1, "A-2"));
}

TEST(RefusedClients, SaysForNowWhileTheBreakerIsTripped) {
  RefusedClients refused;
  auto welcome = refused_for("A-1");
  welcome.sentence.length = std::chrono::hours(24 * 30);
  welcome.sentence.evidence_classes = 2;
  const auto said = [&](bool for_now) {
    welcome.for_now = for_now;
    return std::string(refused.add(client(1), Purpose::mx, welcome, {}, kNow)).substr(0, 3);
  };
  EXPECT_EQ(said(false), "554");
  EXPECT_EQ(said(true), "421");
  EXPECT_EQ(said(false), "554");
}

TEST(RefusedClients, AtItsBoundCountsWithoutNames) {
  RefusedClients refused;
  for (std::uint32_t i = 0; i <= RefusedClients::kClientsMax; ++i)
    EXPECT_FALSE(refused.add(client(i), Purpose::mx, refused_for("A-1"), {}, kNow).empty());
  EXPECT_EQ(refused.take().size(), RefusedClients::kClientsMax);
  EXPECT_EQ(refused.unlisted(), 1u);
}

}  // namespace
}  // namespace gatepost
