// Tests of what recorded sessions tell of patience.
#include "lab/wait/watched_sessions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gate/scratch_ledger.h"
#include "lab/world.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Outcome = ClientName::Outcome;

constexpr auto kBegan = wall_time(1'800'000'000'000);

RecordedSession session_of(Duration stayed) {
  RecordedSession session;
  session.tells_pregreet = true;
  session.summary.facts.door = "smtp";
  session.summary.facts.client.address = *Address::parse("192.0.2.77");
  session.summary.facts.began = kBegan;
  session.summary.ended = kBegan + stayed;
  session.summary.closed_by = "client";
  return session;
}

TEST(WatchedIn, WhoLeftEndedWhenItDid) {
  const auto watched = watched_in(session_of(2500ms), 6s);
  ASSERT_TRUE(watched);
  EXPECT_EQ(watched->seconds, 2.5);
  EXPECT_TRUE(watched->ended);
}

TEST(WatchedIn, WhoTalkedEndedWhenItDidAndNotWhenItWasJudged) {
  auto session = session_of(20s);
  session.summary.facts.greet_waited = 6s;
  session.summary.facts.pregreet = true;
  session.summary.facts.early_after = 200ms;
  const auto watched = watched_in(session, 6s);
  ASSERT_TRUE(watched);
  EXPECT_EQ(watched->seconds, 0.2);
  EXPECT_TRUE(watched->ended);
}

TEST(WatchedIn, WhoWasGreetedIsKnownUntilThen) {
  auto session = session_of(20s);
  session.summary.facts.greet_waited = 6s;
  const auto watched = watched_in(session, 6s);
  ASSERT_TRUE(watched);
  EXPECT_EQ(watched->seconds, 6);
  EXPECT_FALSE(watched->ended);
}

TEST(WatchedIn, AGateThatStopsTellsNothingOfTheRestOfTheWait) {
  auto session = session_of(2s);
  session.summary.closed_by = "shutdown";
  const auto watched = watched_in(session, 6s);
  ASSERT_TRUE(watched);
  EXPECT_FALSE(watched->ended);
}

TEST(WatchedIn, NothingIsKnownOfWhoDidNotWait) {
  auto session = session_of(2s);
  session.summary.facts.helo = "mail.example.net";
  EXPECT_FALSE(watched_in(session, 6s)) << "greeted at once";
  EXPECT_FALSE(watched_in(session_of(20s), 6s)) << "greeted at once, and then silent";
  session = session_of(2s);
  session.summary.closed_by = "gate";
  EXPECT_FALSE(watched_in(session, 6s)) << "refused at connect";
  session = session_of(2s);
  session.tells_pregreet = false;
  EXPECT_FALSE(watched_in(session, 6s));
  session = session_of(2s);
  session.summary.facts.door = "follow";
  EXPECT_FALSE(watched_in(session, 6s)) << "a log";
}

TEST(KindOfName, IsByWhatTheDnsLeadsTo) {
  const BotnetSettings settings;
  SessionFacts facts;
  facts.client.address = *Address::parse("192.0.2.77");
  EXPECT_FALSE(kind_of_name(facts, settings));
  facts.name = {Outcome::none, ""};
  EXPECT_EQ(kind_of_name(facts, settings), NameKind::none);
  facts.name = {Outcome::mismatch, "mail.example.net"};
  EXPECT_EQ(kind_of_name(facts, settings), NameKind::mismatch);
  facts.name = {Outcome::confirmed, "192-0-2-77.dsl.example.net"};
  EXPECT_EQ(kind_of_name(facts, settings), NameKind::consumer);
  facts.name = {Outcome::confirmed, "mail.example.net"};
  EXPECT_EQ(kind_of_name(facts, settings), NameKind::other);
}

TEST(WatchedSessions, HaveACurveForEachKindOfName) {
  const BotnetSettings settings;
  WatchedSessions watched(settings, 6s);
  for (const auto stayed : {1s, 2s, 3s, 4s}) {
    auto session = session_of(stayed);
    session.summary.facts.name = {stayed < 3s ? Outcome::none : Outcome::mismatch, ""};
    watched.add(session);
  }
  watched.add(session_of(5s));  // its name is not known
  ASSERT_EQ(watched.curve(NameKind::none).size(), 2u);
  EXPECT_EQ(watched.curve(NameKind::none).front().share, 0.5);
  EXPECT_EQ(watched.curve(NameKind::mismatch).front().at, 3);
  EXPECT_TRUE(watched.curve(NameKind::other).empty());
  EXPECT_EQ(watched.curve().front().at_risk, 5u);
}

// One client at a gate that lets it wait for six seconds, and how that is recorded.
RecordedSession recorded(World& world, std::uint32_t number, Duration bears, bool talks) {
  auto& client = world.connect(Address::v4(0xc6120000 + 256 * number));
  world.pass(std::min<Duration>(bears, 7s));
  const std::string_view said = client.session ? "QUIT\r\n" : "EHLO bot.example\r\n";
  if (talks || client.session) world.send(client, said);
  if (!talks) world.close(client);
  world.pass(10s);
  if (talks) world.close(client);
  RecordedSession session;
  session.tells_pregreet = true;
  EXPECT_EQ(world.recorder().sessions.size(), 1u);
  session.summary = world.recorder().sessions.back();
  world.forget(client);
  return session;
}

// 3 in 10 talk soon, 4 leave when the law says so, 3 are patient: what the gate records of them
// makes the same curve, up to its own wait.
TEST(WatchedSessions, OfTheGateItselfShowTheLawOfThoseWhoCame) {
  ScratchLedger ledger(nullptr);
  Settings settings;
  settings.hostname = "mx.example.org";
  World world(std::move(settings), ledger, Chunking::whole, 1);
  const BotnetSettings names;
  WatchedSessions watched(names, 6s);
  constexpr std::uint32_t kMany = 1'000;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    const std::uint32_t ten = i / 10;  // all chances, one after the other
    const double leaves = 17.8 * std::pow(-std::log(1 - (ten + 0.5) / 100), 1 / 1.24);
    const bool talks = i % 10 < 3;
    const auto bears = talks         ? Duration(300ms)
                       : i % 10 >= 7 ? Duration(60s)
                                     : Duration(static_cast<std::int64_t>(leaves * 1'000));
    watched.add(recorded(world, i, bears, talks));
  }
  const auto curve = watched.curve();
  ASSERT_FALSE(curve.empty());
  EXPECT_EQ(curve.front().at_risk, kMany) << "each was made to wait";
  EXPECT_LT(curve.back().at, 6);
  for (const auto& step : curve) {
    if (step.at < 0.3) continue;
    const double left = 0.4 * std::exp(-std::pow(step.at / 17.8, 1.24));
    EXPECT_NEAR(step.share, 0.3 + left, 0.006) << step.at;
  }
}

}  // namespace
}  // namespace gatepost
