// Tests of enforce/carriage.h and enforce/ban_carrier.h on the real ledger in memory: do the
// enforcers come to say what it says?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "enforce/ban_carrier.h"
#include "enforce/kernel/kernel_enforcer.h"
#include "ledger/memory/memory_ledger.h"
#include "support/memory_enforcer.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr WallTime kNow = wall_time(1'800'000'000'000);

Network network(std::string_view text) { return Network::parse(text).value(); }
ClientKey client(std::string_view text) { return ClientKey(Address::parse(text).value()); }

void sentence(Ledger& ledger, const ClientKey& who, WallTime now, Duration length,
              CheckName reason = CheckName::trap) {
  Observation observation{ObservationKind::sentenced, who, now};
  observation.sentence = {now, now + length, length, 4, 2, reason, "X-1"};
  ledger.observe(observation);
}

void release(Ledger& ledger, const ClientKey& who, WallTime now) {
  ledger.observe({ObservationKind::released, who, now});
}

class CarriageTest : public testing::Test {
 protected:
  using Said = std::vector<std::string>;

  CarriageTest() {
    settings_.mode = Mode::enforce;
    parts_.is_excepted_by_name = [this](const ClientKey& who) {
      ++names_asked_;
      return who == excepted_by_name_;
    };
    parts_.only_known = [this] { return only_known_; };
    parts_.banned = [this](const Ban& ban) { told_.push_back("ban " + ban.network.to_string()); };
    parts_.lifted = [this](const Network& whom) { told_.push_back("lift " + whom.to_string()); };
    parts_.trouble_changed = [this](const EnforcerReport& report) {
      told_.push_back(report.well ? "well" : report.trouble);
    };
  }

  void begin() {
    auto memory = std::make_unique<MemoryEnforcer>();
    enforcer_ = memory.get();
    Carriage::Enforcers enforcers;
    enforcers.push_back(std::move(memory));
    carriage_.emplace(parts_, std::move(enforcers));
    turn();
    static_cast<void>(enforcer_->said());
  }
  bool turn(const Unsettled& unsettled = {}) {
    now_.instant += 10ms;
    return carriage_->turn(unsettled, now_);
  }
  bool changed(std::string_view who) {
    Unsettled unsettled;
    unsettled.networks.push_back(network(who));
    return turn(unsettled);
  }
  bool exceptions_changed() {
    Unsettled unsettled;
    unsettled.exceptions = true;
    return turn(unsettled);
  }
  bool networks_changed() {
    Unsettled unsettled;
    unsettled.network_bans = true;
    return turn(unsettled);
  }
  void look_around() {
    turn(carriage_->look_around(now_.wall, [] { return true; }));
  }
  void pass(Duration time) {
    now_.instant += time;
    now_.wall += time;
  }
  bool refuses(std::string_view who) const {
    return enforcer_->refuses(Address::parse(who).value(), BanScope::mail, now_.wall);
  }
  void jail(std::string_view who, Duration length = 1h) {
    sentence(ledger_, client(who), now_.wall, length);
  }

  MemoryLedger ledger_;
  Settings settings_;
  bool only_known_ = false;
  ClientKey excepted_by_name_;
  int names_asked_ = 0;
  Said told_;
  Moment now_{Instant(1h), kNow};
  Carriage::Parts parts_{ledger_, [this] { return std::make_shared<const Settings>(settings_); }};
  MemoryEnforcer* enforcer_ = nullptr;
  std::optional<Carriage> carriage_;
};

TEST_F(CarriageTest, BeginsWithAllThatIsRemembered) {
  settings_.trusted = {network("127.0.0.1")};
  jail("192.0.2.7");
  jail("192.0.2.8", 10min);
  jail("2001:db8:1:2::9", 11min);
  begin();
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("192.0.2.8"));
  EXPECT_TRUE(refuses("2001:db8:1:2::1"));
  EXPECT_THAT(told_, IsEmpty()) << "no line for each";
  turn();
  EXPECT_THAT(enforcer_->said(), IsEmpty()) << "nothing has changed";
}

TEST_F(CarriageTest, ExceptsBeforeItBans) {
  settings_.trusted = {network("127.0.0.1")};
  jail("192.0.2.7");
  auto memory = std::make_unique<MemoryEnforcer>();
  enforcer_ = memory.get();
  Carriage::Enforcers enforcers;
  enforcers.push_back(std::move(memory));
  carriage_.emplace(parts_, std::move(enforcers));
  turn();
  EXPECT_THAT(enforcer_->said(), ElementsAre("except 1", "replace 1"));
}

TEST_F(CarriageTest, CarriesASentenceAndItsEnd) {
  begin();
  jail("192.0.2.7");
  changed("192.0.2.7");
  EXPECT_THAT(enforcer_->said(), ElementsAre("ban 192.0.2.7"));
  EXPECT_TRUE(carriage_->carries(network("192.0.2.7"), now_.wall));
  EXPECT_FALSE(carriage_->carries(network("192.0.2.8"), now_.wall));
  changed("192.0.2.7");
  EXPECT_THAT(enforcer_->said(), IsEmpty()) << "it is known";
  pass(1s);
  release(ledger_, client("192.0.2.7"), now_.wall);
  changed("192.0.2.7");
  EXPECT_THAT(enforcer_->said(), ElementsAre("lift 192.0.2.7"));
  EXPECT_FALSE(carriage_->carries(network("192.0.2.7"), now_.wall));
  EXPECT_THAT(told_, ElementsAre("ban 192.0.2.7", "lift 192.0.2.7"));
}

TEST_F(CarriageTest, SaysNothingOfAShortSentence) {
  begin();
  jail("192.0.2.7", 10min);
  changed("192.0.2.7");
  release(ledger_, client("192.0.2.7"), now_.wall);
  changed("192.0.2.7");
  EXPECT_THAT(enforcer_->said(), IsEmpty());
}

TEST_F(CarriageTest, SaysALongerSentenceAnew) {
  begin();
  jail("192.0.2.7", 11min);
  changed("192.0.2.7");
  pass(12min);
  EXPECT_FALSE(carriage_->carries(network("192.0.2.7"), now_.wall)) << "it is over";
  jail("192.0.2.7", 20min);
  changed("192.0.2.7");
  EXPECT_THAT(enforcer_->said(), ElementsAre("ban 192.0.2.7", "ban 192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.7"));
}

TEST_F(CarriageTest, LiftsWhoIsExceptedAndBansWhoIsNoMore) {
  begin();
  jail("192.0.2.7");
  jail("198.51.100.7");
  changed("192.0.2.7");
  changed("198.51.100.7");
  static_cast<void>(enforcer_->said());
  ledger_.add_exception({network("192.0.2.0/24"), "", now_.wall});
  EXPECT_TRUE(exceptions_changed());
  EXPECT_THAT(enforcer_->said(), ElementsAre("except 1", "lift 192.0.2.7"));
  ledger_.remove_exception(network("192.0.2.0/24"));
  EXPECT_TRUE(exceptions_changed()) << "somebody may be banned now";
  EXPECT_THAT(enforcer_->said(), ElementsAre("except 0"));
  look_around();
  EXPECT_THAT(enforcer_->said(), ElementsAre("ban 192.0.2.7"));
  EXPECT_THAT(told_,
              ElementsAre("ban 192.0.2.7", "ban 198.51.100.7", "lift 192.0.2.7", "ban 192.0.2.7"));
}

TEST_F(CarriageTest, SeesWithinASecondWhatAnotherProcessExcepted) {
  jail("192.0.2.7");
  begin();
  ledger_.add_exception({network("192.0.2.7"), "", now_.wall});
  pass(1s);
  turn();
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(carriage_->carries(network("192.0.2.7"), now_.wall));
}

TEST_F(CarriageTest, AnAddressOfAClientIsSparedAloneAndTheBanStays) {
  jail("2001:db8:1:2::9");
  begin();
  ledger_.add_exception({network("2001:db8:1:2::1"), "", now_.wall});
  exceptions_changed();
  EXPECT_FALSE(refuses("2001:db8:1:2::1"));
  EXPECT_TRUE(refuses("2001:db8:1:2::9"));
  EXPECT_TRUE(carriage_->carries(network("2001:db8:1:2::/64"), now_.wall));
}

TEST_F(CarriageTest, AsksForNamesOnlyWhereOneMayMatter) {
  excepted_by_name_ = client("192.0.2.7");
  jail("192.0.2.8");
  begin();
  jail("192.0.2.7");
  changed("192.0.2.7");
  EXPECT_EQ(names_asked_, 0);
  EXPECT_TRUE(refuses("192.0.2.7"));
  ledger_.add_exception({ExceptedDomain{"example.org"}, "", now_.wall});
  exceptions_changed();
  EXPECT_EQ(names_asked_, 2);
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.8"));
  enforcer_->lose_all();
  turn();
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.8"));
  EXPECT_EQ(names_asked_, 3) << "who is carried was asked for already";
  settings_.dns.names = false;
  jail("192.0.2.9");
  changed("192.0.2.9");
  EXPECT_EQ(names_asked_, 3) << "names are not looked up";
  ledger_.remove_exception(ExceptedDomain{"example.org"});
  exceptions_changed();
  look_around();
  EXPECT_TRUE(refuses("192.0.2.7"));
}

TEST_F(CarriageTest, CarriesNobodyNewWhileTheBreakerIsTripped) {
  jail("192.0.2.7");
  jail("192.0.2.8");
  begin();
  only_known_ = true;
  jail("192.0.2.9");
  EXPECT_FALSE(changed("192.0.2.9"));
  EXPECT_FALSE(refuses("192.0.2.9"));
  pass(1s);
  release(ledger_, client("192.0.2.8"), now_.wall);
  changed("192.0.2.8");
  EXPECT_FALSE(refuses("192.0.2.8")) << "who is let out is let in";
  enforcer_->lose_all();
  turn();
  EXPECT_TRUE(refuses("192.0.2.7")) << "who is banned stays";
  EXPECT_FALSE(refuses("192.0.2.9"));
  look_around();
  EXPECT_FALSE(refuses("192.0.2.9"));
  only_known_ = false;
  EXPECT_TRUE(turn()) << "to be looked around";
  look_around();
  EXPECT_TRUE(refuses("192.0.2.9"));
  EXPECT_FALSE(turn());
}

TEST_F(CarriageTest, GivesAllWhereAllWasLost) {
  jail("192.0.2.7");
  begin();
  jail("192.0.2.8");
  changed("192.0.2.8");
  static_cast<void>(enforcer_->said());
  enforcer_->lose_all();
  turn();
  EXPECT_THAT(enforcer_->said(), ElementsAre("replace 2"));
}

TEST_F(CarriageTest, FindsWhatAnotherProcessWrote) {
  jail("192.0.2.7");
  jail("192.0.2.8");
  jail("192.0.2.9");
  begin();
  pass(1min);
  release(ledger_, client("192.0.2.7"), now_.wall);
  ledger_.forget(client("192.0.2.8"));
  jail("192.0.2.10");
  look_around();
  EXPECT_THAT(enforcer_->said(),
              UnorderedElementsAre("lift 192.0.2.7", "lift 192.0.2.8", "ban 192.0.2.10"));
  look_around();
  EXPECT_THAT(enforcer_->said(), IsEmpty());
}

TEST_F(CarriageTest, WhatIsOverIsForgottenAndNobodyIsToldToLiftIt) {
  jail("192.0.2.7", 11min);
  begin();
  pass(12min);
  look_around();
  EXPECT_THAT(enforcer_->said(), IsEmpty());
}

TEST_F(CarriageTest, CarriesThousandsAllAtOnce) {
  begin();
  Unsettled unsettled;
  for (std::uint32_t i = 0; i <= Carriage::kSingleMost; ++i) {
    const ClientKey who(Address::v4(0x0a000000 + i));
    sentence(ledger_, who, now_.wall, 1h);
    unsettled.networks.emplace_back(who.address(), 32);
  }
  turn(unsettled);
  EXPECT_THAT(enforcer_->said(), ElementsAre("replace 10001"));
  settings_.enforce.after = 2h;
  look_around();
  EXPECT_THAT(enforcer_->said(), ElementsAre("replace 0")) << "let go of all at once, too";
  EXPECT_FALSE(refuses("10.0.0.0"));
  settings_.enforce.after = 10min;
  look_around();
  EXPECT_THAT(enforcer_->said(), ElementsAre("replace 10001"));
}

TEST_F(CarriageTest, CarriesNetworks) {
  NetworkBan one{network("198.51.100.0/24"), kNow, kNow + 1h, "operator", ""};
  NetworkBan other{network("203.0.113.0/24"), kNow, kNow + 1h, "operator", ""};
  ledger_.add_network_ban(one);
  begin();
  EXPECT_TRUE(refuses("198.51.100.7"));
  ledger_.add_network_ban(other);
  networks_changed();
  EXPECT_THAT(enforcer_->said(), ElementsAre("ban 203.0.113.0/24"));
  other.until = kNow + 2h;
  ledger_.add_network_ban(other);
  networks_changed();
  EXPECT_THAT(enforcer_->said(), ElementsAre("ban 203.0.113.0/24"));
  ledger_.remove_network_ban(one.network);
  networks_changed();
  EXPECT_THAT(enforcer_->said(), ElementsAre("lift 198.51.100.0/24"));
  ledger_.remove_network_ban(other.network);
  look_around();
  EXPECT_THAT(enforcer_->said(), ElementsAre("lift 203.0.113.0/24"));
}

TEST_F(CarriageTest, OfANetworkAndAClientOfItsSizeTheLongerOneCounts) {
  begin();
  jail("192.0.2.7", 1h);
  ledger_.add_network_ban({network("192.0.2.7"), kNow, kNow + 2h, "operator", ""});
  networks_changed();
  changed("192.0.2.7");
  pass(90min);
  EXPECT_TRUE(refuses("192.0.2.7"));
  ledger_.remove_network_ban(network("192.0.2.7"));
  networks_changed();
  EXPECT_FALSE(refuses("192.0.2.7"));
}

TEST_F(CarriageTest, LeavesNetworksToTheGateWhileANameIsExcepted) {
  std::vector<bool> left_out;
  parts_.networks_left_out = [&](bool now) { left_out.push_back(now); };
  ledger_.add_network_ban({network("198.51.100.0/24"), kNow, kNow + 1h, "operator", ""});
  ledger_.add_network_ban({network("203.0.113.7"), kNow, kNow + 1h, "operator", ""});
  begin();
  EXPECT_TRUE(refuses("198.51.100.7"));
  EXPECT_THAT(left_out, IsEmpty());
  ledger_.add_exception({ExceptedDomain{"example.org"}, "", now_.wall});
  exceptions_changed();
  EXPECT_FALSE(refuses("198.51.100.7"));
  EXPECT_FALSE(carriage_->carries(network("198.51.100.0/24"), now_.wall));
  EXPECT_TRUE(refuses("203.0.113.7")) << "a client's name is asked about";
  enforcer_->lose_all();
  look_around();
  EXPECT_FALSE(refuses("198.51.100.7"));
  EXPECT_THAT(left_out, ElementsAre(true)) << "told of once";
  ledger_.remove_exception(ExceptedDomain{"example.org"});
  EXPECT_TRUE(exceptions_changed());
  look_around();
  EXPECT_TRUE(refuses("198.51.100.7"));
  EXPECT_THAT(left_out, ElementsAre(true, false));
  settings_.exceptions.domains = {"example.org"};
  settings_.dns.names = false;
  exceptions_changed();
  EXPECT_TRUE(refuses("198.51.100.7")) << "the gate asks for no names either";
}

TEST_F(CarriageTest, DoesNotAskEachMinuteAboutWhoIsSparedByName) {
  ledger_.add_exception({ExceptedDomain{"example.org"}, "", now_.wall});
  excepted_by_name_ = client("192.0.2.7");
  jail("192.0.2.7");
  begin();
  EXPECT_EQ(names_asked_, 1);
  pass(1min);
  EXPECT_THAT(carriage_->look_around(now_.wall, [] { return true; }).networks, IsEmpty());
  excepted_by_name_ = {};
  changed("192.0.2.7");
  EXPECT_TRUE(refuses("192.0.2.7")) << "when it is heard of, it is asked about";
  excepted_by_name_ = client("192.0.2.8");
  jail("192.0.2.8");
  changed("192.0.2.8");
  pass(1min);
  jail("192.0.2.8", 2h);
  EXPECT_THAT(carriage_->look_around(now_.wall, [] { return true; }).networks,
              ElementsAre(network("192.0.2.8")))
      << "another sentence";
}

TEST_F(CarriageTest, CarriesToTheKernelNobodyOfThisHost) {
  settings_.own_addresses = {*Address::parse("198.51.100.1")};
  settings_.trial = true;
  for (const auto* own : {"127.0.0.7", "198.51.100.1"}) jail(own);
  begin();
  EXPECT_TRUE(refuses("127.0.0.7"));
  EXPECT_TRUE(refuses("198.51.100.1"));
  parts_.to_kernel = true;
  jail("192.0.2.7");
  begin();
  look_around();
  for (const auto* own : {"127.0.0.7", "198.51.100.1"}) {
    EXPECT_FALSE(refuses(own)) << own;
    changed(own);
    EXPECT_FALSE(carriage_->carries(network(own), now_.wall)) << own;
  }
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_THAT(enforcer_->said(), IsEmpty());
}

TEST_F(CarriageTest, SaysAllAnewWhenTheClocksPart) {
  jail("192.0.2.7");
  begin();
  pass(1h - 1min);
  turn();
  EXPECT_THAT(enforcer_->said(), IsEmpty());
  for (const auto step : {-10min, 20min}) {
    now_.wall += step;
    turn();
    EXPECT_THAT(enforcer_->said(), testing::SizeIs(1));
    turn();
    EXPECT_THAT(enforcer_->said(), IsEmpty());
  }
  for (int i = 0; i < 6; ++i) {
    now_.wall += 1s;  // little by little is as much
    turn();
  }
  EXPECT_THAT(enforcer_->said(), testing::SizeIs(1));
}

TEST_F(CarriageTest, ModeObserveCarriesNobodyButIsTold) {
  settings_.mode = Mode::observe;
  jail("192.0.2.7");
  Observation observed{ObservationKind::sentenced, client("192.0.2.8"), kNow};
  observed.sentence = {kNow, kNow + 1h, 1h, 4, 2, CheckName::trap, "X-1"};
  observed.observed = true;
  ledger_.observe(observed);
  begin();
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("192.0.2.8"));
  parts_.observed = true;
  begin();
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.8"));
  changed("192.0.2.8");
  EXPECT_TRUE(refuses("192.0.2.8"));
}

TEST_F(CarriageTest, LetsEverybodyInAtItsEnd) {
  jail("192.0.2.7");
  begin();
  EXPECT_TRUE(carriage_->lift_all(now_));
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(carriage_->carries(network("192.0.2.7"), now_.wall));
}

TEST_F(CarriageTest, SaysWhatStaysWhereNobodyHears) {
  jail("192.0.2.7");
  begin();
  enforcer_->set_deaf(true);
  EXPECT_FALSE(carriage_->lift_all(now_));
  EXPECT_TRUE(refuses("192.0.2.7"));
  carriage_->give_up_lifting();
  EXPECT_THAT(told_, ElementsAre("bans stay"));
  enforcer_->set_deaf(false);
  EXPECT_TRUE(carriage_->lift_all(now_));
  EXPECT_FALSE(refuses("192.0.2.7"));
}

TEST(KernelEnforcer, SaysWhatStaysWhereNobodyListens) {
  KernelEnforcer enforcer("no/such/socket");
  static_cast<void>(enforcer.wants_all({Instant(1h), kNow}));
  enforcer.replace([](const auto&) {});
  EXPECT_THAT(enforcer.what_stays(), testing::HasSubstr("gatepost-enforcer --remove"));
}

TEST_F(CarriageTest, TellsOfTroubleOnce) {
  begin();
  enforcer_->set_trouble("is not there");
  pass(1s);
  turn();
  pass(1s);
  turn();
  EXPECT_THAT(told_, ElementsAre("is not there"));
  enforcer_->set_trouble("");
  pass(1s);
  turn();
  EXPECT_THAT(told_, ElementsAre("is not there", "well"));
}

// With its threads, on the clocks of this test.
class CarrierTest : public testing::Test {
 protected:
  CarrierTest() { settings_->mode = Mode::enforce; }

  static Moment read_clocks() {
    const auto passed =
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
    return {Instant(passed), kNow + passed};
  }
  static bool soon(const std::function<bool()>& what) {
    for (int i = 0; i < 5'000; ++i) {
      if (what()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }

  std::unique_ptr<BanCarrier> begin(Duration look_around = 1h,
                                    std::unique_ptr<BanCarrier> before = {}) {
    auto memory = std::make_unique<MemoryEnforcer>();
    enforcer_ = memory.get();
    Carriage::Enforcers enforcers;
    enforcers.push_back(std::move(memory));
    Carriage::Parts parts{ledger_, [this] {
                            const std::lock_guard lock(mutex_);
                            return settings_;
                          }};
    auto carrier = std::make_unique<BanCarrier>(std::move(parts), std::move(enforcers), read_clocks,
                                                std::move(before), look_around);
    const auto* enforcer = enforcer_;
    EXPECT_TRUE(soon([=] { return !enforcer->wants(); }));
    return carrier;
  }
  bool refuses(std::string_view who) const {
    return enforcer_->refuses(Address::parse(who).value(), BanScope::mail, read_clocks().wall);
  }
  void jail(Ledger& ledger, std::string_view who) {
    sentence(ledger, client(who), read_clocks().wall, 1h);
  }

  MemoryLedger ledger_;
  std::mutex mutex_;  // guards settings_
  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  MemoryEnforcer* enforcer_ = nullptr;
};

TEST_F(CarrierTest, HearsOfEachChangeOfAWatchedLedger) {
  const auto carrier = begin();
  WatchedLedger watched(ledger_, *carrier);
  jail(watched, "192.0.2.7");
  EXPECT_TRUE(soon([&] { return refuses("192.0.2.7"); }));
  release(watched, client("192.0.2.7"), read_clocks().wall);
  EXPECT_TRUE(soon([&] { return !refuses("192.0.2.7"); }));
  jail(watched, "192.0.2.8");
  EXPECT_TRUE(soon([&] { return refuses("192.0.2.8"); }));
  watched.forget(client("192.0.2.8"));
  EXPECT_TRUE(soon([&] { return !refuses("192.0.2.8"); }));
  jail(watched, "192.0.2.9");
  EXPECT_TRUE(soon([&] { return refuses("192.0.2.9"); }));
  watched.add_exception({network("192.0.2.0/24"), "", kNow});
  EXPECT_TRUE(soon([&] { return !refuses("192.0.2.9"); }));
  watched.remove_exception(network("192.0.2.0/24"));
  EXPECT_TRUE(soon([&] { return refuses("192.0.2.9"); }));
}

TEST_F(CarrierTest, TakesOtherSettings) {
  jail(ledger_, "192.0.2.7");
  const auto carrier = begin();
  auto next = std::make_shared<Settings>(*settings_);
  next->enforce.after = 2h;
  {
    const std::lock_guard lock(mutex_);
    settings_ = next;
  }
  static_cast<void>(enforcer_->said());
  carrier->settings_changed();
  EXPECT_TRUE(soon([&] { return !refuses("192.0.2.7"); }));
  EXPECT_EQ(enforcer_->said().front(), "reread");
}

// A sentence is no faster carried by looking around: it is heard of.
TEST_F(CarrierTest, CarriesWithinMilliseconds) {
  const auto carrier = begin();
  WatchedLedger watched(ledger_, *carrier);
  auto fastest = 1h + 0ms;
  for (int i = 0; i < 20; ++i) {
    const auto who = "192.0.2." + std::to_string(i);
    jail(watched, who);
    const auto begun = read_clocks().instant;
    while (!refuses(who) && read_clocks().instant - begun < 5s) std::this_thread::yield();
    fastest = std::min<Duration>(fastest, read_clocks().instant - begun);
  }
  EXPECT_LT(fastest, 50ms);
}

TEST_F(CarrierTest, LooksAroundForWhatNobodyTold) {
  const auto carrier = begin(10ms);
  jail(ledger_, "192.0.2.7");
  EXPECT_TRUE(soon([&] { return refuses("192.0.2.7"); }));
  release(ledger_, client("192.0.2.7"), read_clocks().wall);
  EXPECT_TRUE(soon([&] { return !refuses("192.0.2.7"); }));
}

TEST_F(CarrierTest, AFloodEndsInAllThatIsRemembered) {
  const auto carrier = begin();
  WatchedLedger watched(ledger_, *carrier);
  constexpr std::uint32_t kEach = 5'000;
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < kEach; ++i)
        sentence(watched, ClientKey(Address::v4(0x0a000000 + t * 0x10000 + i)), read_clocks().wall,
                 1h);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(soon([&] { return carrier->reports().front().bans == 4 * kEach; }));
}

TEST_F(CarrierTest, OneThatRetiresLetsEverybodyInBeforeTheNextBegins) {
  jail(ledger_, "192.0.2.7");
  auto first = begin();
  auto* const first_enforcer = enforcer_;
  EXPECT_TRUE(refuses("192.0.2.7"));
  first->retire();
  EXPECT_TRUE(soon([&] { return first->ended(); }));
  EXPECT_FALSE(first_enforcer->refuses(Address::parse("192.0.2.7").value(), BanScope::mail,
                                       read_clocks().wall));
  const auto second = begin(1h, std::move(first));
  EXPECT_TRUE(refuses("192.0.2.7"));
}

TEST_F(CarrierTest, OneThatRetiresWaitsForWhoHearsNothing) {
  jail(ledger_, "192.0.2.7");
  const auto carrier = begin();
  enforcer_->set_deaf(true);
  carrier->retire();
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(carrier->ended());
  EXPECT_TRUE(refuses("192.0.2.7"));
  enforcer_->set_deaf(false);
  EXPECT_TRUE(soon([&] { return carrier->ended(); }));
  EXPECT_FALSE(refuses("192.0.2.7"));
}

}  // namespace
}  // namespace gatepost
