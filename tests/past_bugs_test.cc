// Mistakes once made that no scene can show: a backend that answers too early, and own addresses.
#include <gtest/gtest.h>

#include <string>

#include "gate/backend_leg.h"
#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{};

BackendLeg::Event hear(BackendLeg& leg, std::string_view bytes) {
  std::size_t consumed = 0;
  return leg.receive(bytes, kNow, consumed);
}

void send_all(BackendLeg& leg) { leg.sent(leg.to_send().size(), kNow); }

// A leg that has content in its queue and the dot behind it, none of it sent.
void queue_whole_message(BackendLeg& leg, std::size_t length) {
  leg.start(std::nullopt, kNow);
  leg.connected(kNow);
  hear(leg, "220 backend\r\n");
  send_all(leg);
  hear(leg, "250 backend\r\n");
  leg.command("DATA", 1min, kNow);
  send_all(leg);
  ASSERT_EQ(hear(leg, "354 go on\r\n"), BackendLeg::Event::reply);
  leg.begin_content();
  ASSERT_TRUE(leg.content(std::string(length, 'x'), kNow));
}

TEST(PastBugs, AnAnswerBeforeTheDotIsSentIsNoneToTheMessage) {
  BackendLeg leg({"mx.test"});
  queue_whole_message(leg, BackendLeg::kWindow - 3);
  leg.end_content(12min, kNow);
  EXPECT_EQ(hear(leg, "250 queued\r\n"), BackendLeg::Event::reply);
  EXPECT_EQ(leg.state(), BackendLeg::State::content);  // early, says the session, and drops it
}

TEST(PastBugs, AnAnswerBegunBeforeTheDotIsNoneToTheMessage) {
  BackendLeg leg({"mx.test"});
  queue_whole_message(leg, 10);
  EXPECT_EQ(hear(leg, "250 que"), BackendLeg::Event::nothing);
  leg.end_content(12min, kNow);
  send_all(leg);
  EXPECT_EQ(hear(leg, "ued\r\n"), BackendLeg::Event::reply);
  EXPECT_EQ(leg.state(), BackendLeg::State::content);
}

TEST(PastBugs, TheAnswerToTheDotIsAwaitedForItsWholePatience) {
  BackendLeg leg({"mx.test"});
  queue_whole_message(leg, 10);
  leg.end_content(12min, kNow);
  EXPECT_LT(leg.deadline(), kNow + 12min);  // that it takes the bytes comes first
  send_all(leg);
  EXPECT_EQ(leg.deadline(), kNow + 12min);
  EXPECT_EQ(hear(leg, "250 queued\r\n"), BackendLeg::Event::reply);
  EXPECT_EQ(leg.state(), BackendLeg::State::ready);
}

TEST(PastBugs, AnAnswerToACommandThatIsNotSentYetIsADesync) {
  BackendLeg leg({"mx.test"});
  leg.start(std::nullopt, kNow);
  leg.connected(kNow);
  hear(leg, "220 backend\r\n");
  send_all(leg);
  hear(leg, "250 backend\r\n");
  leg.command("MAIL FROM:<>", 1min, kNow);
  EXPECT_EQ(hear(leg, "250 ok\r\n"), BackendLeg::Event::lost);
}

TEST(PastBugs, AnOwnAddressDoesNotServeTheSentenceOfItsNeighbour) {
  const auto own = *Address::parse("2001:db8::1");
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.test";
  settings.greet.wait = Duration::zero();
  settings.checks.trap.patterns = {"trap@example.org"};
  settings.own_addresses = {own};
  MemoryLedger ledger;
  World world(settings, ledger, Chunking::whole, 1);
  auto& neighbour = world.connect(*Address::parse("2001:db8::2"));
  world.send(neighbour, "HELO a\r\n");
  world.send(neighbour, "MAIL FROM:<a@b.example>\r\nRCPT TO:<trap@example.org>\r\n");
  ASSERT_TRUE(ledger.lookup(ClientKey(own)).sentence.serving(world.now().wall));
  auto& ourself = world.connect(own);
  world.send(ourself, "HELO mx.test\r\n");
  ourself.received.clear();
  world.send(ourself, "MAIL FROM:<a@example.org>\r\nRCPT TO:<good@example.org>\r\n");
  EXPECT_EQ(ourself.received, "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n");
}

}  // namespace
}  // namespace gatepost
