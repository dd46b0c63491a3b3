// What gate/ports/resolver.h asks of a resolver, tested on both: c-ares with a name server on
// loopback, and the lab's on virtual time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lab/scripted_resolver.h"
#include "resolve/cares_resolver.h"
#include "resolve/testing/name_server.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;
using enum DnsAnswer::Outcome;
using Names = std::vector<std::string>;

enum class Trouble { fails, refuses, garbage, silent };

// A resolver and the DNS that it asks.
class Ground {
 public:
  virtual ~Ground() = default;
  virtual Resolver& resolver() = 0;
  virtual void end_resolver() = 0;
  virtual void add(DnsType type, const std::string& name, const std::string& value) = 0;
  virtual void trouble(DnsType type, const std::string& name, Trouble trouble) = 0;
  virtual void run_until(const std::function<bool()>& there) = 0;
  virtual void run() = 0;  // for longer than the time-out
};

class CaresGround final : public Ground {
 public:
  CaresGround() {
    DnsSettings settings;
    settings.servers = {server_.endpoint()};
    settings.timeout = 400ms;
    resolver_ = std::make_shared<CaresResolver>(loop_.get_executor(), settings);
  }
  Resolver& resolver() override { return *resolver_; }
  void end_resolver() override { resolver_.reset(); }
  void add(DnsType type, const std::string& name, const std::string& value) override {
    server_.add(type, name, data(type, value));
  }
  void trouble(DnsType type, const std::string& name, Trouble trouble) override {
    using Way = dns_test::NameServer::Way;
    server_.set_way(type, name,
                    trouble == Trouble::fails     ? Way::fails
                    : trouble == Trouble::refuses ? Way::refuses
                    : trouble == Trouble::garbage ? Way::garbage
                                                  : Way::silent);
  }
  void run_until(const std::function<bool()>& there) override {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!there() && std::chrono::steady_clock::now() < end) loop_.run_one_for(100ms);
  }
  void run() override { loop_.run_for(600ms); }

 private:
  std::string data(DnsType type, const std::string& value) {
    switch (type) {
      case DnsType::a:
      case DnsType::aaaa:
        return dns_test::address_data(value);
      case DnsType::ptr:
        return dns_test::name_data(value);
      case DnsType::mx:
        return dns_test::mx_data(++preference_, value);
      case DnsType::txt:
        return dns_test::text_data(value);
    }
    return {};
  }

  boost::asio::io_context loop_;
  dns_test::NameServer server_{loop_};
  std::uint16_t preference_ = 0;
  std::shared_ptr<CaresResolver> resolver_;
};

class ScriptedGround final : public Ground {
 public:
  Resolver& resolver() override { return *resolver_; }
  void end_resolver() override { resolver_.reset(); }
  void add(DnsType type, const std::string& name, const std::string& value) override {
    resolver_->add(type, name, value);
  }
  void trouble(DnsType type, const std::string& name, Trouble trouble) override {
    using Fault = ScriptedResolver::Fault;
    resolver_->set_fault(type, name, trouble == Trouble::silent ? Fault::silent : Fault::fails);
  }
  void run_until(const std::function<bool()>& there) override {
    while (!there() && step(now_ + 60s)) {
    }
  }
  void run() override {
    const auto end = now_ + 60s;
    while (step(end)) {
    }
    now_ = end;
  }

 private:
  bool step(Instant end) {
    const auto due = resolver_ ? resolver_->deadline() : std::nullopt;
    if (!due || *due > end) return false;
    now_ = std::max(now_, *due);
    return resolver_->deliver();
  }

  Instant now_{Duration(0)};
  std::unique_ptr<ScriptedResolver> resolver_ = std::make_unique<ScriptedResolver>(now_);
};

template <typename Kind>
class ResolverContract : public ::testing::Test {
 protected:
  Resolver::Asked ask(DnsType type, const std::string& name) {
    return ground_.resolver().ask({type, name},
                                  [this](const DnsAnswer& answer) { heard_.push_back(answer); });
  }

  DnsAnswer answer(DnsType type, const std::string& name) {
    heard_.clear();
    const auto asked = ask(type, name);
    EXPECT_TRUE(heard_.empty()) << "answered before ask() returned";
    ground_.run_until([this] { return !heard_.empty(); });
    EXPECT_EQ(heard_.size(), 1u);
    return heard_.empty() ? DnsAnswer{found, {}, {"nothing was heard"}} : heard_.front();
  }

  Kind ground_;
  std::vector<DnsAnswer> heard_;
};

using Grounds = ::testing::Types<CaresGround, ScriptedGround>;
class GroundNames {
 public:
  template <typename Kind>
  static std::string GetName(int) {
    return std::is_same_v<Kind, CaresGround> ? "cares" : "scripted";
  }
};
TYPED_TEST_SUITE(ResolverContract, Grounds, GroundNames);

TYPED_TEST(ResolverContract, FindsEveryType) {
  auto& ground = this->ground_;
  ground.add(DnsType::a, "host.example", "192.0.2.1");
  ground.add(DnsType::a, "host.example", "192.0.2.2");
  ground.add(DnsType::aaaa, "host.example", "2001:db8::1");
  ground.add(DnsType::mx, "host.example", "mx1.example");
  ground.add(DnsType::mx, "host.example", "mx2.example");
  ground.add(DnsType::txt, "host.example", "v=spf1 -all");
  ground.add(DnsType::ptr, "1.2.0.192.in-addr.arpa", "host.example");
  EXPECT_EQ(this->answer(DnsType::a, "host.example"),
            (DnsAnswer{found, {*Address::parse("192.0.2.1"), *Address::parse("192.0.2.2")}, {}}));
  EXPECT_EQ(this->answer(DnsType::aaaa, "host.example"),
            (DnsAnswer{found, {*Address::parse("2001:db8::1")}, {}}));
  EXPECT_EQ(this->answer(DnsType::mx, "host.example"),
            (DnsAnswer{found, {}, {"mx1.example", "mx2.example"}}));
  EXPECT_EQ(this->answer(DnsType::txt, "host.example"), (DnsAnswer{found, {}, {"v=spf1 -all"}}));
  EXPECT_EQ(this->answer(DnsType::ptr, "1.2.0.192.in-addr.arpa"),
            (DnsAnswer{found, {}, {"host.example"}}));
}

TYPED_TEST(ResolverContract, SaysWhatIsNotThere) {
  this->ground_.add(DnsType::a, "host.example", "192.0.2.1");
  EXPECT_EQ(this->answer(DnsType::a, "nobody.example"), (DnsAnswer{none, {}, {}}));
  EXPECT_EQ(this->answer(DnsType::mx, "host.example"), (DnsAnswer{none, {}, {}}));
}

TYPED_TEST(ResolverContract, CaseAndTheLastDotDoNotCount) {
  this->ground_.add(DnsType::a, "host.example", "192.0.2.1");
  for (const char* name : {"HOST.Example", "host.example."})
    EXPECT_EQ(this->answer(DnsType::a, name).outcome, found) << name;
}

TYPED_TEST(ResolverContract, TroubleIsUnknown) {
  int number = 0;
  for (const auto trouble : {Trouble::fails, Trouble::refuses, Trouble::garbage, Trouble::silent}) {
    for (const auto type : {DnsType::a, DnsType::aaaa, DnsType::ptr, DnsType::mx, DnsType::txt}) {
      const auto name = fmt::format("t{}.example", ++number);
      this->ground_.trouble(type, name, trouble);
      EXPECT_EQ(this->answer(type, name), DnsAnswer{}) << name;
    }
  }
}

TYPED_TEST(ResolverContract, NamesAreHostNamesInLowerCase) {
  const std::string reverse = "1.2.0.192.in-addr.arpa";
  for (const char* name : {"foo bar.example", "Host.EXAMPLE", "a\r\nb", "x_1.example", "192"})
    this->ground_.add(DnsType::ptr, reverse, name);
  this->ground_.add(DnsType::mx, "host.example", "b@d.example");
  EXPECT_EQ(this->answer(DnsType::ptr, reverse),
            (DnsAnswer{found, {}, {"host.example", "x_1.example"}}));
  EXPECT_EQ(this->answer(DnsType::mx, "host.example"), (DnsAnswer{none, {}, {}}));
}

TYPED_TEST(ResolverContract, AnswersHaveBounds) {
  for (int i = 0; i < 40; ++i) {
    this->ground_.add(DnsType::ptr, "1.2.0.192.in-addr.arpa", fmt::format("h{}.x", i));
    this->ground_.add(DnsType::txt, "t.example", fmt::format("{}", i));
  }
  for (int i = 0; i < 70; ++i)
    this->ground_.add(DnsType::a, "host.example", fmt::format("192.0.2.{}", i));
  EXPECT_EQ(this->answer(DnsType::ptr, "1.2.0.192.in-addr.arpa").names.size(), kDnsNamesMax);
  EXPECT_EQ(this->answer(DnsType::txt, "t.example").names.size(), kDnsNamesMax);
  EXPECT_EQ(this->answer(DnsType::a, "host.example").addresses.size(), kDnsAddressesMax);
}

TYPED_TEST(ResolverContract, WhatIsNoNameIsUnknown) {
  const std::string label(63, 'a');
  const auto too_long = label + '.' + label + '.' + label + '.' + label;
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a..b"),
                                  std::string("a\\.b"), too_long, label + "a.example"}) {
    EXPECT_EQ(this->answer(DnsType::a, name), DnsAnswer{}) << name;
  }
}

TYPED_TEST(ResolverContract, EveryAskerHears) {
  this->ground_.add(DnsType::a, "host.example", "192.0.2.1");
  std::vector<Resolver::Asked> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(this->ask(DnsType::a, "host.example"));
  this->ground_.run();
  asked.push_back(this->ask(DnsType::a, "host.example"));
  this->ground_.run();
  EXPECT_EQ(this->heard_, std::vector(51, DnsAnswer{found, {*Address::parse("192.0.2.1")}, {}}));
}

TYPED_TEST(ResolverContract, TellsHowLongItTook) {
  this->ground_.trouble(DnsType::a, "dead.example", Trouble::silent);
  EXPECT_GE(this->answer(DnsType::a, "dead.example").took, 400ms);
  EXPECT_LT(this->answer(DnsType::a, "host.example").took, 400ms);
}

TYPED_TEST(ResolverContract, WhoLetsGoHearsNothing) {
  this->ground_.add(DnsType::a, "host.example", "192.0.2.1");
  this->ground_.trouble(DnsType::a, "dead.example", Trouble::silent);
  for (const char* name : {"host.example", "dead.example", "no name"})
    (void)this->ask(DnsType::a, name);
  this->ground_.run();
  EXPECT_TRUE(this->heard_.empty());
  (void)this->ask(DnsType::a, "host.example");  // known by now, perhaps
  this->ground_.run();
  EXPECT_TRUE(this->heard_.empty());
}

TYPED_TEST(ResolverContract, LettingGoFreesWhatTheAskerHeld) {
  this->ground_.trouble(DnsType::a, "dead.example", Trouble::silent);
  const auto held = std::make_shared<int>(0);
  auto asked =
      this->ground_.resolver().ask({DnsType::a, "dead.example"}, [held](const DnsAnswer&) {});
  EXPECT_EQ(held.use_count(), 2);
  asked.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TYPED_TEST(ResolverContract, WhoHearsMayAskAndLetGo) {
  auto& ground = this->ground_;
  ground.add(DnsType::a, "host.example", "192.0.2.1");
  ground.add(DnsType::a, "next.example", "192.0.2.2");
  Resolver::Asked first, other, next;
  std::vector<std::string> order;
  first = ground.resolver().ask({DnsType::a, "host.example"}, [&](const DnsAnswer&) {
    order.emplace_back("first");
    first.reset();
    other.reset();
    next = ground.resolver().ask({DnsType::a, "next.example"}, [&](const DnsAnswer& answer) {
      order.emplace_back(answer.addresses.at(0).to_string());
    });
    order.emplace_back("asked");
  });
  other = ground.resolver().ask({DnsType::a, "host.example"},
                                [&](const DnsAnswer&) { order.emplace_back("other"); });
  ground.run_until([&] { return order.size() == 3; });
  ground.run();
  EXPECT_EQ(order, (std::vector<std::string>{"first", "asked", "192.0.2.2"}));
}

TYPED_TEST(ResolverContract, AskersMayOutliveIt) {
  this->ground_.add(DnsType::a, "host.example", "192.0.2.1");
  auto asked = this->ask(DnsType::a, "host.example");
  this->ground_.end_resolver();
  this->ground_.run();
  EXPECT_TRUE(this->heard_.empty());
  asked.reset();
}

}  // namespace
}  // namespace gatepost
