// Tests of who counts as a newcomer.
#include "lab/wait/newcomer_counts.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using Outcome = ClientName::Outcome;

RecordedSession session_of(std::string_view client, Duration at, MailWord label, Outcome name) {
  RecordedSession session;
  auto& facts = session.summary.facts;
  facts.client.address = *Address::parse(client);
  facts.began = wall_time(1'800'000'000'000) + at;
  facts.name = {name, name == Outcome::confirmed ? "mail.example.net" : ""};
  session.label = label;
  return session;
}

TEST(NewcomerCounts, AClientIsNewUntilItsHamWasLetIn) {
  const BotnetSettings settings;
  NewcomerCounts counts(settings, 240h);
  counts.add(session_of("192.0.2.1", 0h, MailWord::spam, Outcome::none));
  counts.add(session_of("192.0.2.1", 1h, MailWord::spam, Outcome::none));
  counts.add(session_of("192.0.2.2", 2h, MailWord::ham, Outcome::confirmed));
  counts.add(session_of("192.0.2.2", 3h, MailWord::ham, Outcome::confirmed));
  counts.add(session_of("192.0.2.2", 4h, MailWord::spam, Outcome::confirmed));
  counts.add(session_of("192.0.2.2", 300h, MailWord::ham, Outcome::confirmed));
  EXPECT_EQ(counts.bots(), 2u);
  EXPECT_EQ(counts.ham(), 2u) << "and again when it was away for long";
  EXPECT_EQ(counts.known(), 2u);
}

TEST(NewcomerCounts, SharesAreOfThoseWhoseNameIsKnown) {
  const BotnetSettings settings;
  NewcomerCounts counts(settings, 240h);
  for (const auto* bot : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
    counts.add(session_of(bot, 0h, MailWord::spam, Outcome::mismatch));
  counts.add(session_of("192.0.2.4", 0h, MailWord::spam, Outcome::confirmed));
  counts.add(session_of("192.0.2.5", 0h, MailWord::spam, Outcome::unknown));
  counts.add(session_of("192.0.2.6", 0h, MailWord::ham, Outcome::unknown));
  const auto newcomers = counts.shares_in({});
  EXPECT_DOUBLE_EQ(newcomers.spam_share, 5.0 / 6);
  EXPECT_DOUBLE_EQ(newcomers.bots.bad, 0.75);
  EXPECT_DOUBLE_EQ(newcomers.bots.other, 0.25);
  EXPECT_DOUBLE_EQ(newcomers.ham.other, Newcomers{}.ham.other) << "none was counted";
  EXPECT_EQ(newcomers.known_ham, 0);
}

TEST(NewcomerCounts, OfNobodyChangeNothing) {
  const BotnetSettings settings;
  const auto newcomers = NewcomerCounts(settings, 240h).shares_in({});
  EXPECT_DOUBLE_EQ(newcomers.spam_share, Newcomers{}.spam_share);
  EXPECT_DOUBLE_EQ(newcomers.known_ham, Newcomers{}.known_ham);
}

}  // namespace
}  // namespace gatepost
