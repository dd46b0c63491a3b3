// Tests of lab/faults.h: whatever goes wrong, each message that was answered 250 is at the mail
// server once, and each arrives when all is well again.
#include "lab/faults.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/scratch_ledger.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

Settings settings() {
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.example.org";
  settings.greet.wait = 1s;  // its name may be known later
  settings.checks.greylist.for_whom = GreylistSettings::For::all;
  DnsblList list;
  list.zone = "bl.example";
  settings.checks.dnsbl.lists.push_back(list);
  return settings;
}

// A mail server that has messages for us, and its tries to deliver them.
class Correspondent {
 public:
  Correspondent(World& world, std::uint32_t number)
      : world_(world), address_(Address::v4(0xcb007100 + number * 7)), number_(number) {
    if (number > 0) world_.dns().add_host(address_, fmt::format("mail.m{}.example", number));
  }

  // Whether it was told 250.
  bool tries(const std::string& subject) {
    auto& client = world_.connect(address_);
    const bool accepted = says(client, subject);
    world_.close(client);
    return accepted;
  }

 private:
  bool says(VirtualClient& client, const std::string& subject) {
    if (heard(client) != 220) return false;
    const auto host = fmt::format("m{}.example", number_);
    for (const auto& [line, code] :
         {std::pair{"EHLO mail." + host, 250}, std::pair{"MAIL FROM:<a@" + host + ">", 250},
          std::pair{std::string("RCPT TO:<b@example.org>"), 250},
          std::pair{std::string("DATA"), 354}, std::pair{std::string("."), 250}}) {
      client.received.clear();
      world_.pass(700ms);
      if (line == ".") world_.send(client, "Subject: " + subject + "\r\n\r\ntext\r\n");
      world_.send(client, line + "\r\n");
      const int answer = heard(client);
      EXPECT_LT(answer, 500) << client.received;
      if (answer != code) return false;
    }
    return true;
  }

  // The code of its next reply; 0 where none came for so long as servers wait (RFC 5321 4.5.3.2).
  int heard(VirtualClient& client) {
    for (Duration waited{}; waited < 20min && !client.gate_closed;) {
      if (is_whole(client.received)) break;
      const Duration step = waited < 10s ? 1s : 10s;
      world_.pass(step);
      waited += step;
    }
    return is_whole(client.received) ? std::stoi(client.received.substr(last_line(client), 3)) : 0;
  }

  static std::size_t last_line(const VirtualClient& client) {
    const auto end = client.received.rfind("\r\n", client.received.size() - 3);
    return end == std::string::npos ? 0 : end + 2;
  }

  static bool is_whole(const std::string& received) {
    if (!received.ends_with("\r\n")) return false;
    const auto end = received.rfind("\r\n", received.size() - 3);
    return received[(end == std::string::npos ? 0 : end + 2) + 3] == ' ';
  }

  World& world_;
  const Address address_;
  const std::uint32_t number_;
};

class FaultyWorld {
 public:
  explicit FaultyWorld(std::uint64_t seed) : world(settings(), ledger_, Chunking::random, seed) {
    world.checks_twice = true;
    world.dns().set_fault(ScriptedResolver::Fault::fine);
    world.dns().add(DnsType::a, "2.0.0.127.bl.example", "127.0.0.2");
    for (std::uint32_t i = 0; i < 3; ++i) correspondents_.emplace_back(world, i);
  }

  // Everybody tries what he has left, and a message more.
  void round() {
    for (auto& one : correspondents_) {
      waiting_[&one].insert(fmt::format("message {}", ++messages_));
      try_all(one);
    }
  }

  // All that is left arrives when they come again.
  void expect_all_arrive() {
    for (int tries = 0; tries < 8; ++tries) {
      world.pass(15min);
      for (auto& one : correspondents_) try_all(one);
    }
    for (const auto& [whose, left] : waiting_) EXPECT_THAT(left, SizeIs(0));
    expect_sound();
  }

  std::size_t accepted() const { return accepted_.size(); }

  void expect_sound() {
    std::map<std::string, int> arrived;
    for (const auto& message : world.backend_log().messages)
      ++arrived[message.content.substr(9, message.content.find("\r\n") - 9)];
    EXPECT_EQ(arrived, accepted_);
    for (const auto& [subject, count] : arrived) EXPECT_EQ(count, 1) << subject;
    EXPECT_THAT(world.recorder().sentences, SizeIs(0)) << "it is no fault of the clients'";
    EXPECT_EQ(world.stale_check().stale(), 0u) << world.stale_check().first();
    EXPECT_GT(world.stale_check().seen(), 0u);
  }

 private:
  ScratchLedger ledger_{nullptr};

 public:
  World world;

 private:
  void try_all(Correspondent& one) {
    std::erase_if(waiting_[&one], [&](const std::string& subject) {
      const bool accepted = one.tries(subject);
      if (accepted) ++accepted_[subject];
      return accepted;
    });
  }

  std::deque<Correspondent> correspondents_;
  std::map<Correspondent*, std::set<std::string>> waiting_;
  std::map<std::string, int> accepted_;
  int messages_ = 0;
};

TEST(Faults, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const auto& fault : faults()) {
    EXPECT_EQ(fault_named(fault.name), &fault);
    EXPECT_FALSE(fault.says.empty() || fault.says.ends_with('.')) << fault.name;
    EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
  }
  EXPECT_EQ(fault_named("none"), nullptr);
}

TEST(Faults, AreInTheFormatOfScenes) {
  std::ifstream in(GATEPOST_SOURCE_DIR "/docs/formats/scene.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& fault : faults())
    EXPECT_THAT(text, HasSubstr(fmt::format("| `{}` | {} |", fault.name, fault.says)));
}

class OneFault : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Each, OneFault, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& fault : faults()) names.emplace_back(fault.name);
                           return names;
                         }()),
                         [](const auto& info) {
                           auto name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(OneFault, LosesNothingAndLeavesNoTrace) {
  const auto& fault = *fault_named(GetParam());
  FaultyWorld faulty(1);
  auto& world = faulty.world;
  faulty.round();
  fault.begin(world);
  for (int i = 0; i < 8; ++i) {
    faulty.round();
    world.pass(7min);
    faulty.expect_sound();
  }
  fault.end(world);
  faulty.expect_all_arrive();
  EXPECT_TRUE(world.ledger().health().well);
  EXPECT_EQ(world.true_time(), world.now().wall);
}

TEST(Faults, AnyMixtureLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    FaultyWorld faulty(seed);
    for (int i = 0; i < 12; ++i) {
      const auto& fault = faults()[random() % faults().size()];
      (random() % 3 > 0 ? fault.begin : fault.end)(faulty.world);
      faulty.round();
      faulty.world.pass(Duration(std::chrono::seconds(random() % 1'000)));
      faulty.expect_sound();
    }
    for (const auto& fault : faults()) fault.end(faulty.world);
    faulty.expect_all_arrive();
    if (testing::Test::HasFailure()) return;
  }
}

// What is accepted while it lasts, of mail that would arrive without it.
std::size_t accepted_with(std::string_view fault) {
  FaultyWorld faulty(1);
  for (int i = 0; i < 3; ++i) {
    faulty.round();
    faulty.world.pass(15min);
  }
  const auto before = faulty.accepted();
  EXPECT_GT(before, 0u);
  fault_named(fault)->begin(faulty.world);
  for (int i = 0; i < 7; ++i) faulty.round();
  return faulty.accepted() - before;
}

TEST(Faults, OfTheMailServerLeaveNothingThrough) {
  for (const auto* const fault : {"backend-down", "backend-silent", "backend-tempfails"})
    EXPECT_EQ(accepted_with(fault), 0u) << fault;
  EXPECT_LT(accepted_with("backend-resets"), 15u);
  EXPECT_GT(accepted_with("backend-resets"), 0u);
}

TEST(Faults, OfOthersHoldNothingUp) {
  for (const auto& fault : faults()) {
    if (fault.name.starts_with("backend-")) continue;
    EXPECT_GT(accepted_with(fault.name), 20u) << fault.name;
  }
}

TEST(Faults, OfListsAreSeen) {
  FaultyWorld faulty(1);
  faulty.world.pass(1h);
  fault_named("list-says-all")->begin(faulty.world);
  faulty.round();
  EXPECT_THAT(faulty.world.recorder().alarms, Contains(testing::StartsWith("dnsbl-suspended")));
}

}  // namespace
}  // namespace gatepost
