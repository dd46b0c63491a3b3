// What every enforcer owes the port gate/ports/enforcer.h, whatever it carries bans to.
//
// A new one is a class EnforcerSubject beside this file and a row in makers().
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "enforce/dry_run.h"
#include "support/enforcer_subject.h"
#include "support/file_subject.h"
#include "support/kernel_subject.h"
#include "support/memory_enforcer.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr auto kMail = BanScope::mail;
constexpr auto kEvery = BanScope::every;

Network network(std::string_view text) { return Network::parse(text).value(); }
Address address(std::string_view text) { return Address::parse(text).value(); }

// In memory.
template <typename InMemory>
class InMemorySubject final : public VirtualTimeSubject {
 public:
  explicit InMemorySubject(std::unique_ptr<InMemory> enforcer) : enforcer_(std::move(enforcer)) {}

  Enforcer& enforcer() override { return *enforcer_; }
  bool refuses(const Address& client, BanScope door) override {
    return enforcer_->refuses(client, door, now().wall);
  }

 private:
  std::unique_ptr<InMemory> enforcer_;
};

std::unique_ptr<EnforcerSubject> make_memory(std::string&) {
  return std::make_unique<InMemorySubject<MemoryEnforcer>>(std::make_unique<MemoryEnforcer>());
}

std::unique_ptr<EnforcerSubject> make_dry_run(std::string&) {
  DryRun::Tell nobody{[](const Ban&) {}, [](const Network&) {}, [](std::uint64_t) {}};
  return std::make_unique<InMemorySubject<DryRun>>(std::make_unique<DryRun>(std::move(nobody)));
}

template <BanListFormat format>
std::unique_ptr<EnforcerSubject> make_file(std::string&) {
  return std::make_unique<FileSubject>(format);
}

const std::vector<EnforcerMaker>& makers() {
  static const std::vector<EnforcerMaker> makers{
      {"memory", make_memory},
      {"dry_run", make_dry_run},
      {"kernel", KernelSubject::make},
      {"hosts_deny", make_file<BanListFormat::hosts_deny>},
      {"postfix_cidr", make_file<BanListFormat::postfix_cidr>},
      {"rbldnsd_zone", make_file<BanListFormat::rbldnsd>},
      {"plain", make_file<BanListFormat::plain>},
  };
  return makers;
}

class EveryEnforcer : public testing::TestWithParam<EnforcerMaker> {
 protected:
  void SetUp() override {
    std::string missing;
    subject_ = GetParam().make(missing);
    if (!subject_) GTEST_SKIP() << (missing + " is not there");
    replace({});
  }

  Enforcer& enforcer() { return subject_->enforcer(); }

  Ban ban_of(std::string_view text, BanScope scope = kMail, Duration length = 1h) {
    const auto now = subject_->now().wall;
    return {network(text), scope, now, now + length, CheckName::trap, "X-1", "a remark"};
  }
  void ban(std::string_view text, BanScope scope = kMail, Duration length = 1h) {
    tick();
    const auto one = ban_of(text, scope, length);
    remembered_.insert_or_assign(one.network, one);
    enforcer().ban(one);
  }
  void lift(std::string_view text) {
    tick();
    remembered_.erase(network(text));
    enforcer().lift(network(text));
  }
  void except(const std::vector<std::string>& texts) {
    std::vector<Network> networks;
    for (const auto& text : texts) networks.push_back(network(text));
    tick();
    enforcer().except(networks);
  }
  void replace(const std::vector<Ban>& bans) {
    remembered_.clear();
    for (const auto& one : bans) remembered_.insert_or_assign(one.network, one);
    static_cast<void>(enforcer().wants_all(subject_->now()));
    give_all();
  }

  // What the carrier does several times a second: whoever wants all, as those who write lists do
  // after each ban, gets all that is remembered.
  void tick() {
    if (enforcer().wants_all(subject_->now())) give_all();
  }
  void give_all() {
    enforcer().replace([&](const std::function<bool(const Ban&)>& visit) {
      for (const auto larger : {true, false}) {
        for (const auto& [whom, ban] : remembered_) {
          const bool is_larger = whom.prefix_bits() < (whom.base().is_v4() ? 32u : 64u);
          if (is_larger != larger || ban.until <= subject_->now().wall) continue;
          if (!visit(ban)) return;
        }
      }
    });
  }
  void settle() {
    const auto begin = subject_->now().instant;
    do {
      tick();
      if (subject_->patience() > 0ms) subject_->pass(subject_->patience() / 10);
    } while (subject_->now().instant - begin < subject_->patience());
    tick();
  }

  bool refuses(std::string_view text, BanScope door = kMail) {
    settle();
    return subject_->refuses(address(text), door);
  }
  // Whether it is let in by our users' door; where there is none, so it is.
  bool passes_users_door(std::string_view text) {
    return !subject_->has_users_doors() || !refuses(text, kEvery);
  }
  bool refuses_at_each_door(std::string_view text) {
    return refuses(text) && (!subject_->has_users_doors() || refuses(text, kEvery));
  }
  // Counted by others who tell of it now and then.
  bool holds(std::uint64_t count) {
    for (int i = 0; i < 30 && enforcer().report().bans != count; ++i) {
      settle();
      if (subject_->patience() > 0ms) subject_->pass(100ms);
    }
    return enforcer().report().bans == count;
  }

  std::map<Network, Ban> remembered_;  // in the ledger, so to say
  std::unique_ptr<EnforcerSubject> subject_;
};

TEST_P(EveryEnforcer, RefusesNobodyAtFirst) {
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("2001:db8:1:2::7"));
  EXPECT_TRUE(holds(0));
  EXPECT_TRUE(enforcer().report().well) << enforcer().report().trouble;
  EXPECT_EQ(enforcer().report().name, enforcer().name());
}

TEST_P(EveryEnforcer, RefusesWhoIsBannedAndNobodyElse) {
  ban("192.0.2.7");
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("192.0.2.6"));
  EXPECT_FALSE(refuses("192.0.2.8"));
  EXPECT_FALSE(refuses("2001:db8:1:2::7"));
  EXPECT_TRUE(holds(1));
}

TEST_P(EveryEnforcer, RefusesAllOfAnIpv6Client) {
  ban("2001:db8:1:2::/64");
  EXPECT_TRUE(refuses("2001:db8:1:2::"));
  EXPECT_TRUE(refuses("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_FALSE(refuses("2001:db8:1:3::1"));
  EXPECT_FALSE(refuses("2001:db8:1:1::1"));
}

TEST_P(EveryEnforcer, RefusesAtTheUsersDoorsOnlyWhatIsForEveryDoor) {
  ban("192.0.2.7", kMail);
  ban("192.0.2.8", kEvery);
  ban("2001:db8:1:2::/64", kMail);
  ban("2001:db8:1:3::/64", kEvery);
  EXPECT_TRUE(passes_users_door("192.0.2.7"));
  EXPECT_TRUE(passes_users_door("2001:db8:1:2::1"));
  EXPECT_TRUE(refuses_at_each_door("192.0.2.8"));
  EXPECT_TRUE(refuses_at_each_door("2001:db8:1:3::1"));
}

TEST_P(EveryEnforcer, ABanSaidAgainIsAsItWasSaidLast) {
  ban("192.0.2.7", kEvery);
  ban("192.0.2.7", kMail);
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_TRUE(passes_users_door("192.0.2.7"));
  ban("192.0.2.7", kEvery);
  EXPECT_TRUE(refuses_at_each_door("192.0.2.7"));
  EXPECT_TRUE(holds(1));
}

TEST_P(EveryEnforcer, LetsInWhoIsLifted) {
  ban("192.0.2.7");
  ban("192.0.2.8");
  lift("192.0.2.7");
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.8"));
  ban("192.0.2.7");
  EXPECT_TRUE(refuses("192.0.2.7"));
}

TEST_P(EveryEnforcer, LiftsWhoWasNotBannedWithoutAWord) {
  ban("192.0.2.8");
  lift("192.0.2.7");
  lift("2001:db8::/64");
  lift("198.51.100.0/24");
  EXPECT_TRUE(refuses("192.0.2.8"));
  EXPECT_TRUE(enforcer().report().well) << enforcer().report().trouble;
}

TEST_P(EveryEnforcer, LetsInWhoseTimeIsOver) {
  ban("192.0.2.7", kMail, subject_->short_ban());
  ban("192.0.2.8", kMail, subject_->short_ban());
  ban("198.51.100.0/24", kMail, subject_->short_ban());
  ban("192.0.2.8", kMail, 1h);
  ban("192.0.2.9", kMail, 1h);
  ban("192.0.2.9", kMail, subject_->short_ban());
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("198.51.100.1"));
  subject_->pass(subject_->short_ban() + 1s);
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("198.51.100.1"));
  EXPECT_TRUE(refuses("192.0.2.8")) << "it was said again, for longer";
  EXPECT_FALSE(refuses("192.0.2.9")) << "it was said again, for shorter";
}

TEST_P(EveryEnforcer, WhatIsOverAlreadyRefusesNobody) {
  auto over = ban_of("192.0.2.7");
  over.from -= 2h;
  over.until -= 2h;
  enforcer().ban(over);
  EXPECT_FALSE(refuses("192.0.2.7"));
  replace({over, ban_of("192.0.2.8")});
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_TRUE(refuses("192.0.2.8"));
}

TEST_P(EveryEnforcer, RefusesAllOfANetwork) {
  ban("198.51.100.0/24");
  ban("2001:db8:8000::/33", kEvery);
  EXPECT_TRUE(refuses("198.51.100.0"));
  EXPECT_TRUE(refuses("198.51.100.255"));
  EXPECT_FALSE(refuses("198.51.101.0"));
  EXPECT_TRUE(refuses_at_each_door("2001:db8:ffff::1"));
  EXPECT_FALSE(refuses("2001:db8:7fff::1"));
}

TEST_P(EveryEnforcer, WhatIsInsideAnotherHasALifeOfItsOwn) {
  ban("198.51.100.0/24", kEvery, subject_->short_ban());
  ban("198.51.100.0/25", kMail, 1h);
  ban("198.51.100.200", kMail, 1h);
  EXPECT_TRUE(refuses_at_each_door("198.51.100.1"));
  lift("198.51.100.200");
  EXPECT_TRUE(refuses("198.51.100.200")) << "by its network";
  ban("198.51.100.200", kMail, 1h);
  subject_->pass(subject_->short_ban() + 1s);
  EXPECT_TRUE(refuses("198.51.100.1"));
  EXPECT_TRUE(passes_users_door("198.51.100.1"));
  EXPECT_FALSE(refuses("198.51.100.129"));
  EXPECT_TRUE(refuses("198.51.100.200"));
  lift("198.51.100.0/25");
  EXPECT_FALSE(refuses("198.51.100.1"));
}

TEST_P(EveryEnforcer, NeverRefusesTheExcepted) {
  ban("192.0.2.7", kEvery);
  ban("2001:db8:1:2::/64", kEvery);
  ban("198.51.100.0/24", kEvery);
  except({"192.0.2.0/24", "2001:db8:1:2::9", "198.51.100.64/26", "203.0.113.5"});
  ban("203.0.113.5", kEvery);
  for (const auto* one :
       {"192.0.2.7", "2001:db8:1:2::9", "198.51.100.64", "198.51.100.127", "203.0.113.5"}) {
    EXPECT_FALSE(refuses(one)) << one;
    EXPECT_TRUE(passes_users_door(one)) << one;
  }
  for (const auto* one : {"2001:db8:1:2::8", "198.51.100.63", "198.51.100.128"})
    EXPECT_TRUE(refuses_at_each_door(one)) << one;
}

TEST_P(EveryEnforcer, TakesExceptionsInThePlaceOfThoseBefore) {
  ban("192.0.2.7");
  ban("192.0.2.8");
  except({"192.0.2.7"});
  except({"192.0.2.8"});
  EXPECT_TRUE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("192.0.2.8"));
  except({});
  EXPECT_TRUE(refuses("192.0.2.8"));
}

TEST_P(EveryEnforcer, TakesExceptionsThatHoldOneAnother) {
  ban("192.0.2.0/24");
  except({"192.0.2.7", "192.0.2.0/28", "192.0.2.0/28", "::/0"});
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("192.0.2.15"));
  EXPECT_TRUE(refuses("192.0.2.16"));
}

TEST_P(EveryEnforcer, ForgetsAllThatIsReplacedButTheExceptions) {
  ban("192.0.2.7");
  ban("192.0.2.9", kEvery);
  ban("198.51.100.0/24");
  except({"192.0.2.66"});
  replace({ban_of("203.0.113.0/24"), ban_of("192.0.2.8"), ban_of("192.0.2.9"), ban_of("192.0.2.66"),
           ban_of("2001:db8:1:2::/64")});
  EXPECT_FALSE(refuses("192.0.2.7"));
  EXPECT_FALSE(refuses("198.51.100.1"));
  EXPECT_TRUE(refuses("203.0.113.1"));
  EXPECT_TRUE(refuses("192.0.2.8"));
  EXPECT_TRUE(refuses("192.0.2.9"));
  EXPECT_TRUE(passes_users_door("192.0.2.9"));
  EXPECT_FALSE(refuses("192.0.2.66"));
  EXPECT_TRUE(refuses("2001:db8:1:2::1"));
  replace({});
  EXPECT_FALSE(refuses("192.0.2.8"));
  EXPECT_FALSE(refuses("203.0.113.1"));
}

TEST_P(EveryEnforcer, TakesThousandsAtOnce) {
  constexpr std::uint32_t kCount = 20'000;
  std::vector<Ban> bans{ban_of("198.51.100.0/24")};
  for (std::uint32_t i = 0; i < kCount; ++i) {
    bans.push_back(ban_of("192.0.2.7"));
    bans.back().network = Network(Address::v4(0x0a000000 + 2 * i), 32);
  }
  replace(bans);
  EXPECT_TRUE(holds(kCount + 1));
  EXPECT_TRUE(refuses("10.0.0.0"));
  EXPECT_FALSE(refuses("10.0.0.1"));
  EXPECT_TRUE(refuses(Address::v4(0x0a000000 + 2 * (kCount - 1)).to_string()));
  EXPECT_FALSE(refuses(Address::v4(0x0a000000 + 2 * kCount).to_string()));
  ban("192.0.2.7");
  EXPECT_TRUE(refuses("192.0.2.7"));
}

TEST_P(EveryEnforcer, WantsAllAtFirst) {
  subject_.reset();  // there is one of each
  std::string missing;
  subject_ = GetParam().make(missing);
  ASSERT_TRUE(subject_) << missing;
  const auto one = ban_of("192.0.2.7");
  remembered_.emplace(one.network, one);
  EXPECT_TRUE(refuses("192.0.2.7"));
}

std::string name_of(const testing::TestParamInfo<EnforcerMaker>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(Enforcers, EveryEnforcer, testing::ValuesIn(makers()), name_of);

}  // namespace
}  // namespace gatepost
