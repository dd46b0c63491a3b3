// Tests of mining/applied_clients.h: what is kept of many clients.
#include "mining/applied_clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace gatepost {
namespace {

using testing::SizeIs;

const WallTime kNow = wall_time(1'795'327'200'000);

AppliedSession message_of(const std::string& client) {
  AppliedSession session;
  session.client = *Address::parse(client);
  session.began = session.ended = kNow;
  session.passed = 1;
  return session;
}

AppliedSession guesses_of(const std::string& client, std::uint32_t count) {
  auto session = message_of(client);
  session.passed = 0;
  session.unknown_users = session.offences = count;
  return session;
}

std::map<std::string, AppliedClient> all_of(const AppliedClients& clients) {
  std::map<std::string, AppliedClient> all;
  clients.each([&](const AppliedClient& client) { all[client.client.to_string()] = client; });
  return all;
}

TEST(AppliedClientsTest, TellClientsOfBothFamiliesApart) {
  AppliedClients clients;
  for (const auto client : {"192.0.2.1", "192.0.2.2", "2001:db8:1:2::5", "2001:db8:1:2::6",
                            "2001:db8:1:3::5", "0.0.0.1", "255.255.255.255"})
    clients.add(message_of(client));
  const auto all = all_of(clients);
  EXPECT_THAT(all, SizeIs(6));
  EXPECT_EQ(all.at("192.0.2.1").passed, 1u);
  EXPECT_EQ(all.at("2001:db8:1:2::/64").passed, 2u);
}

TEST(AppliedClientsTest, RememberWhatWentBeforeASentence) {
  AppliedClients clients;
  clients.add(guesses_of("192.0.2.1", 3));
  clients.add(guesses_of("192.0.2.2", 3));
  EXPECT_EQ(clients.size(), 0u);
  Sentence sentence;
  sentence.strikes = 1;
  sentence.from = kNow;
  sentence.evidence_classes = 2;
  sentence.reason = CheckName::unknown_users;
  clients.sentenced(*Address::parse("192.0.2.1"), sentence, 2);
  clients.add(guesses_of("192.0.2.1", 4));
  const auto all = all_of(clients);
  ASSERT_THAT(all, SizeIs(1));
  const auto& client = all.at("192.0.2.1");
  EXPECT_EQ(client.sessions, 2u);
  EXPECT_EQ(client.strikes, 1u);
  EXPECT_EQ(client.evidence_classes, 2);
  EXPECT_EQ(client.detail, "7 unknown users in 2 sessions");
  const auto jailed = clients.first_jailed(client.client);
  ASSERT_TRUE(jailed);
  EXPECT_EQ(jailed->offences_before, 5u);
  EXPECT_FALSE(clients.first_jailed(ClientKey(*Address::parse("192.0.2.2"))));
}

TEST(AppliedClientsTest, SayEverythingInOneShortLine) {
  AppliedClients clients;
  auto session = guesses_of("192.0.2.1", 4'000'000'000);
  session.wrong_passwords = session.spam = session.offences = 4'000'000'000;
  session.passed = 1;
  clients.add(session);
  session.spam = session.wrong_passwords = 0;
  session.offences = session.unknown_users = 4'000'000'000;
  clients.add(session);
  const auto all = all_of(clients);
  EXPECT_LE(all.at("192.0.2.1").detail.size(), 120u);
  EXPECT_THAT(all.at("192.0.2.1").detail, testing::StartsWith("4294967295 unknown users, "));
}

TEST(AppliedClientsTest, FindEachOfMany) {
  constexpr std::uint32_t kMany = 100'000;
  AppliedClients clients;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < kMany; ++i) {
      AppliedSession session;
      session.client = Address::v4(i * 2'654'435'761u);
      session.began = session.ended = kNow;
      session.passed = 1;
      clients.add(session);
    }
  }
  EXPECT_EQ(clients.size(), kMany);
  clients.each([](const AppliedClient& client) { ASSERT_EQ(client.passed, 2u); });
}

}  // namespace
}  // namespace gatepost
