// Tests of a ledger that forgets, around one that does not.
#include "lab/replay/short_memory.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

TEST(ShortMemory, KnowsOnlyWhoWasHereLately) {
  auto now = wall_time(1'700'000'000'000);
  ScratchLedger whole(nullptr);
  ShortMemory memory(whole, 24h, now);
  const ClientKey client(*Address::parse("192.0.2.1"));
  memory.observe({ObservationKind::spam, client, now});
  now += 23h;
  EXPECT_EQ(memory.lookup(client).spam, 1u);
  now += 2h;
  EXPECT_FALSE(memory.lookup(client).known());
  memory.observe({ObservationKind::ham, client, now});
  EXPECT_EQ(memory.lookup(client).spam, 0u) << "what is forgotten does not come back";
  EXPECT_EQ(memory.lookup(client).ham, 1u);
}

}  // namespace
}  // namespace gatepost
