// Gate and enforcer in a network namespace of the test's own, over a real socket: either may go and
// come again, and somebody may change the table by hand.
#include "enforcer/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "enforce/kernel/kernel_enforcer.h"
#include "enforcer/testing/own_network.h"
#include "enforcer/testing/running_enforcer.h"
#include "enforcer/testing/table_in_memory.h"

namespace gatepost {
namespace {

using testing::HasSubstr;

Network net(std::string_view text) { return *Network::parse(text); }

class GateAndEnforcer : public testing::Test {
 protected:
  void SetUp() override {
    if (!in_own_network()) GTEST_SKIP() << (kOwnNetwork + " is not there");
    path = testing::TempDir() + "enforcer." + std::to_string(::getpid());
    start_enforcer();
    gate = std::make_unique<KernelEnforcer>(path);
  }

  void start_enforcer() { enforcer = std::make_unique<RunningEnforcer>(path, ::getuid()); }

  static Moment now() {
    return {Instant(std::chrono::duration_cast<Duration>(
                std::chrono::steady_clock::now().time_since_epoch())),
            WallTime(std::chrono::duration_cast<Duration>(
                std::chrono::system_clock::now().time_since_epoch()))};
  }

  Ban ban(std::string_view network, BanScope scope = BanScope::mail) {
    Ban made;
    made.network = net(network);
    made.scope = scope;
    made.until = now().wall + std::chrono::hours(1);
    return made;
  }

  // What the gate's thread does, several times a second, until it is so: how long that took.
  Duration until(const std::function<bool()>& is_so) {
    const auto begin = now().instant;
    while (!is_so() && now().instant - begin < std::chrono::seconds(10)) {
      if (gate && gate->wants_all(now())) {
        ++snapshots;
        gate->replace([&](const auto& visit) {
          for (const auto& one : ledger) {
            if (!visit(one)) return;
          }
        });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_TRUE(is_so());
    return now().instant - begin;
  }

  void wait(Duration time) {
    const auto begin = now().instant;
    until([&] { return now().instant - begin >= time; });
  }

  // The gate is connected, and was told that all it said was done.
  void agree() {
    ledger = {ban("203.0.113.1")};
    until([&] { return gate->report().bans == 1; });
  }

  static bool in_set(const std::string& name, const std::string& element) {
    const auto said = run_command("nft list set inet gatepost " + name);
    return said.find(" " + element + " ") != std::string::npos;
  }

  static constexpr auto kAgreement = std::chrono::seconds(2);
  std::string path;
  std::vector<Ban> ledger;
  int snapshots = 0;
  std::unique_ptr<RunningEnforcer> enforcer;
  std::unique_ptr<KernelEnforcer> gate;
};

TEST_F(GateAndEnforcer, AgreeFromTheBeginning) {
  ledger = {ban("198.51.100.0/24"), ban("192.0.2.7"), ban("2001:db8::/64", BanScope::every)};
  EXPECT_LT(until([] { return in_set("mail4", "192.0.2.7"); }), kAgreement);
  EXPECT_TRUE(in_set("mail_networks4", "198.51.100.0/24"));
  EXPECT_TRUE(in_set("every6", "2001:db8::"));
  until([&] { return gate->report().bans == 3; });
  EXPECT_TRUE(gate->report().well) << gate->report().trouble;
}

TEST_F(GateAndEnforcer, ABanAndALiftAreCarriedOutAtOnce) {
  agree();
  gate->ban(ban("192.0.2.7"));
  EXPECT_LT(until([] { return in_set("mail4", "192.0.2.7"); }), std::chrono::milliseconds(500));
  gate->lift(net("192.0.2.7"));
  EXPECT_LT(until([] { return !in_set("mail4", "192.0.2.7"); }), std::chrono::milliseconds(500));
  gate->except({net("192.0.2.25"), net("2001:db8::25")});
  EXPECT_LT(until([] { return in_set("spared4", "192.0.2.25,"); }), std::chrono::milliseconds(500));
}

TEST_F(GateAndEnforcer, AgreeOnBansForEver) {
  ledger = {ban("198.51.100.0/24"), ban("192.0.2.7"), ban("192.0.2.8")};
  ledger[0].until = WallTime::max();
  ledger[1].until += std::chrono::hours(24 * 366 * 4);
  ledger[2].until = now().wall + std::chrono::hours(24 * 366);
  until([] { return in_set("mail4", "192.0.2.7"); });
  EXPECT_TRUE(in_set("mail_networks4", "198.51.100.0/24"));
  EXPECT_THAT(run_command("nft list set inet gatepost mail4"),
              HasSubstr("192.0.2.8 timeout 365d23h"));
  auto forever = ban("192.0.2.9");
  forever.until = WallTime::max();
  gate->ban(forever);
  until([] { return in_set("mail4", "192.0.2.9"); });
  wait(std::chrono::seconds(5));  // each is asked for
  EXPECT_TRUE(gate->report().well) << gate->report().trouble;
  EXPECT_EQ(gate->report().repaired, 0);
}

// 10.9.0.0/16 is never banned, and in a snapshot nobody tells the gate so.
TEST_F(GateAndEnforcer, WhatIsNeverThereIsNotSaidForEver) {
  ledger = {ban("10.9.8.7"), ban("10.9.8.8"), ban("192.0.2.7")};
  wait(std::chrono::seconds(8));
  const auto before = snapshots;
  wait(std::chrono::seconds(5));
  EXPECT_EQ(snapshots, before);
  EXPECT_LE(gate->report().repaired, 2);
}

TEST_F(GateAndEnforcer, AnEnforcerThatIsStartedAgainIsToldAll) {
  ledger = {ban("192.0.2.7")};
  until([] { return in_set("mail4", "192.0.2.7"); });
  enforcer.reset();
  EXPECT_TRUE(in_set("mail4", "192.0.2.7")) << "bans go on without it";
  until([&] { return !gate->report().well; });
  EXPECT_THAT(gate->report().trouble, HasSubstr("systemctl status gatepost-enforcer"));
  ledger = {ban("192.0.2.8")};  // meanwhile
  start_enforcer();
  EXPECT_LT(until([] { return in_set("mail4", "192.0.2.8"); }), kAgreement);
  EXPECT_FALSE(in_set("mail4", "192.0.2.7"));
  EXPECT_TRUE(gate->report().well);
}

TEST_F(GateAndEnforcer, AGateThatIsStartedAgainTellsAll) {
  ledger = {ban("192.0.2.7")};
  until([] { return in_set("mail4", "192.0.2.7"); });
  gate.reset();
  ledger = {ban("192.0.2.8")};
  gate = std::make_unique<KernelEnforcer>(path);
  EXPECT_LT(until([] { return in_set("mail4", "192.0.2.8"); }), kAgreement);
  EXPECT_FALSE(in_set("mail4", "192.0.2.7"));
}

class Meddled : public GateAndEnforcer, public testing::WithParamInterface<const char*> {};

TEST_P(Meddled, IsRepairedWithinTwoSeconds) {
  ledger = {ban("192.0.2.7")};
  until([] { return in_set("mail4", "192.0.2.7"); });
  run_command(std::string("nft ") + GetParam());
  EXPECT_LT(until([&] { return gate->report().repaired == 1 && in_set("mail4", "192.0.2.7"); }),
            kAgreement)
      << gate->report().repaired;
  EXPECT_THAT(run_command("nft list chain inet gatepost gate"), HasSubstr("tcp dport 25 goto"));
}

INSTANTIATE_TEST_SUITE_P(GateAndEnforcer, Meddled,
                         testing::Values("flush ruleset", "delete table inet gatepost",
                                         "flush set inet gatepost mail4",
                                         "'delete element inet gatepost mail4 { 192.0.2.7 }'",
                                         "flush chain inet gatepost mail"));

TEST_F(GateAndEnforcer, NobodyBansOurOwn) {
  ledger = {ban("10.9.8.7"), ban("192.0.2.7")};
  until([] { return in_set("mail4", "192.0.2.7"); });
  gate->ban(ban("127.0.0.1"));
  gate->ban(ban("192.0.2.8"));
  until([] { return in_set("mail4", "192.0.2.8"); });
  EXPECT_FALSE(in_set("mail4", "10.9.8.7"));
  EXPECT_FALSE(in_set("mail4", "127.0.0.1"));
  EXPECT_TRUE(gate->report().well) << gate->report().trouble;
}

TEST_F(GateAndEnforcer, ASecondGateIsTold) {
  agree();
  KernelEnforcer second(path);
  until([&] {
    second.wants_all(now());
    return !second.report().well;
  });
  EXPECT_THAT(second.report().trouble, HasSubstr("another gate"));
  EXPECT_TRUE(gate->report().well);
}

TEST_F(GateAndEnforcer, OnlyTheGatesUserMaySpeak) {
  gate.reset();
  ::chmod(path.c_str(), 0666);  // as if the folder's rights were wrong, too
  const auto child = ::fork();
  if (child == 0) {
    if (::setuid(65'533) != 0) ::_exit(3);
    KernelEnforcer stranger(path);
    for (int i = 0; i < 500; ++i) {
      if (stranger.wants_all(now())) ::_exit(1);
      ::usleep(10'000);
      if (stranger.report().trouble.find("takes nothing from this user") != std::string::npos)
        ::_exit(0);
    }
    ::_exit(2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(GateAndEnforcer, TheGateHasTheSettingsReadAgain) {
  agree();
  gate->reread();
  until([&] { return enforcer->rereads() == 1; });
}

// More than is read at once; and the gate does not wait for an answer.
TEST_F(GateAndEnforcer, WhatAGateSaysLastIsCarriedOutAsAWhole) {
  agree();
  std::vector<Network> exceptions;
  for (int i = 0; i < 5000; ++i)
    exceptions.push_back(
        net("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1"));
  gate->except(exceptions);
  for (int i = 0; i < 50; ++i) gate->reread();  // answers that it does not read
  gate->replace([](const auto&) {});
  gate.reset();
  until([] { return !in_set("mail4", "203.0.113.1"); });
}

// Says that each ban ends later than it was told to.
class TooLong : public TableInMemory {
 public:
  std::optional<HeldBan> held(const Network& network, WallTime now) override {
    auto held = TableInMemory::held(network, now);
    if (held) held->until += std::chrono::hours(8);
    return held;
  }
};

// Exceptions are more than there are samples of bans.
TEST_F(GateAndEnforcer, ABanThatLastsTooLongIsNoticed) {
  TooLong table;
  enforcer.reset();
  enforcer = std::make_unique<RunningEnforcer>(path, ::getuid(), &table);
  std::vector<Network> exceptions;
  for (int i = 0; i < 40; ++i) exceptions.push_back(net("198.51.100." + std::to_string(i)));
  gate->except(exceptions);
  agree();
  until([&] { return snapshots > 1 && gate->report().repaired == 1; });
}

}  // namespace
}  // namespace gatepost
