// Tests of resolve/cares_resolver.h against name servers on loopback: what a resolver must do is
// tested for all of them in tests/resolver_contract_test.cc.
#include "resolve/cares_resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "resolve/testing/name_server.h"

namespace gatepost {
namespace {

using namespace dns_test;
using namespace std::chrono_literals;
using Outcome = DnsAnswer::Outcome;
using Way = NameServer::Way;

const DnsQuestion kA{DnsType::a, "host.example"};
const std::string kHostAsked = "1 host.example";

class CaresResolverTest : public ::testing::Test {
 protected:
  CaresResolverTest() {
    server_.add(DnsType::a, "host.example", address_data("192.0.2.1"));
    use({server_.endpoint()}, 2s);
  }

  static DnsSettings settings(std::vector<Endpoint> servers, Duration timeout) {
    DnsSettings settings;
    settings.servers = std::move(servers);
    settings.timeout = timeout;
    return settings;
  }

  void use(std::vector<Endpoint> servers, Duration timeout) {
    resolver_ = std::make_shared<CaresResolver>(loop_.get_executor(),
                                                settings(std::move(servers), timeout));
  }

  void run_until(const std::function<bool()>& there) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!there() && std::chrono::steady_clock::now() < end) loop_.run_one_for(100ms);
    ASSERT_TRUE(there());
  }

  DnsAnswer answer_to(const DnsQuestion& question) {
    std::optional<DnsAnswer> heard;
    const auto asked = resolver_->ask(question, [&](const auto& answer) { heard = answer; });
    run_until([&] { return heard.has_value(); });
    return heard.value_or(DnsAnswer{});
  }

  ResolverReport report() const { return resolver_->report(); }

  boost::asio::io_context loop_;
  NameServer server_{loop_};
  std::shared_ptr<CaresResolver> resolver_;
};

const DnsAnswer kFound{Outcome::found, {*Address::parse("192.0.2.1")}, {}};

TEST_F(CaresResolverTest, AnswersFromItsCache) {
  EXPECT_EQ(answer_to(kA), kFound);
  EXPECT_EQ(answer_to(kA), kFound);
  EXPECT_EQ(answer_to({DnsType::a, "HOST.example."}), kFound);
  EXPECT_EQ(answer_to({DnsType::a, "nobody.example"}).outcome, Outcome::none);
  EXPECT_EQ(answer_to({DnsType::a, "nobody.example"}).outcome, Outcome::none);
  EXPECT_EQ(server_.asked, (std::vector<std::string>{kHostAsked, "1 nobody.example"}));
  EXPECT_EQ(report().asked, 5u);
  EXPECT_EQ(report().from_cache, 3u);
  EXPECT_EQ(report().sent, 2u);
  EXPECT_EQ(report().found, 1u);
  EXPECT_EQ(report().none, 1u);
  EXPECT_EQ(report().unknown, 0u);
  EXPECT_EQ(report().cached, 2u);
  EXPECT_EQ(report().in_flight, 0u);
  EXPECT_GT(report().latency, 0us);
}

TEST_F(CaresResolverTest, WithoutACacheAsksEachTime) {
  resolver_ =
      std::make_shared<CaresResolver>(loop_.get_executor(), settings({server_.endpoint()}, 2s), 0);
  for (int i = 0; i < 2; ++i) {
    const auto answer = answer_to(kA);
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_TRUE(answer.of_servers);
  }
  EXPECT_EQ(report().sent, 2u);
}

TEST_F(CaresResolverTest, OnlyTheFirstToHearHasItOfTheServers) {
  std::vector<bool> of_servers;
  std::vector<Resolver::Asked> asked;
  for (int i = 0; i < 3; ++i) {
    asked.push_back(resolver_->ask(
        kA, [&](const DnsAnswer& answer) { of_servers.push_back(answer.of_servers); }));
  }
  run_until([&] { return of_servers.size() == 3; });
  EXPECT_EQ(of_servers, (std::vector<bool>{true, false, false}));
  EXPECT_FALSE(answer_to(kA).of_servers) << "from the cache";
}

TEST_F(CaresResolverTest, AnAnswerFromTheCacheTookNoTime) {
  server_.delay = 50ms;
  const auto first = answer_to(kA).took;
  EXPECT_GE(first, 50ms);
  EXPECT_LT(first, 2s);
  EXPECT_EQ(answer_to(kA).took, 0ms);
}

TEST_F(CaresResolverTest, AsksOnceForManyAskers) {
  std::vector<DnsAnswer> heard;
  std::vector<Resolver::Asked> asked;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(resolver_->ask(kA, [&](const auto& answer) { heard.push_back(answer); }));
  }
  EXPECT_EQ(report().in_flight, 1u);
  run_until([&] { return heard.size() == 100; });
  EXPECT_EQ(server_.asked, std::vector{kHostAsked});
  EXPECT_EQ(heard, std::vector(100, kFound));
  EXPECT_EQ(report().shared, 99u);
}

TEST_F(CaresResolverTest, LeavesAPortAfter128Questions) {
  std::size_t heard = 0;
  std::vector<Resolver::Asked> asked;
  for (int i = 0; i < 1000; ++i) {
    asked.push_back(
        resolver_->ask({DnsType::a, fmt::format("h{}.example", i)}, [&](const auto& answer) {
          EXPECT_NE(answer.outcome, Outcome::found);  // so many at once, some may be lost
          ++heard;
        }));
  }
  run_until([&] { return heard == 1000; });
  EXPECT_GE(server_.ports.size(), 8u);
}

TEST_F(CaresResolverTest, AsksAgainByTcpWhatWasCut) {
  server_.way = Way::truncates;
  for (int i = 0; i < 200; ++i)
    server_.add(DnsType::a, "large.example", address_data(fmt::format("198.51.100.{}", i)));
  EXPECT_EQ(answer_to(kA), kFound);
  const auto large = answer_to({DnsType::a, "large.example"});
  ASSERT_EQ(large.addresses.size(), kDnsAddressesMax);
  EXPECT_EQ(large.addresses.back(), *Address::parse("198.51.100.63"));
  EXPECT_EQ(server_.asked_by_tcp, (std::vector<std::string>{kHostAsked, "1 large.example"}));
}

TEST_F(CaresResolverTest, WhatWasCutAndCannotBeHadByTcpIsUnknown) {
  server_.way = Way::truncates;
  server_.close_tcp();
  EXPECT_EQ(answer_to(kA), DnsAnswer{});
  EXPECT_EQ(report().unknown, 1u);
}

TEST_F(CaresResolverTest, AsksAgainWhereADatagramWasLost) {
  server_.set_way(DnsType::a, "host.example", Way::silent);
  std::optional<DnsAnswer> heard;
  const auto asked = resolver_->ask(kA, [&](const auto& answer) { heard = answer; });
  run_until([&] { return server_.asked.size() == 1; });
  server_.ways.clear();
  run_until([&] { return heard.has_value(); });
  EXPECT_EQ(heard, kFound);
}

TEST_F(CaresResolverTest, GoesToTheNextServerWhereOneFailsOrIsSilent) {
  for (const auto way : {Way::silent, Way::fails, Way::refuses}) {
    NameServer bad(loop_);
    bad.way = way;
    use({bad.endpoint(), server_.endpoint()}, 3s);
    EXPECT_EQ(answer_to(kA), kFound);
    EXPECT_EQ(bad.asked, std::vector{kHostAsked});
  }
}

TEST_F(CaresResolverTest, NobodyThereIsUnknown) {
  use({Endpoint{*Address::parse("127.0.0.1"), 1}}, 500ms);
  EXPECT_EQ(answer_to(kA), DnsAnswer{});
  EXPECT_EQ(report().unknown + report().late, 1u);
}

TEST_F(CaresResolverTest, AServerThatTalksNonsenseIsUnknown) {
  use({server_.endpoint()}, 500ms);
  server_.way = Way::garbage;
  EXPECT_EQ(answer_to(kA), DnsAnswer{});
  server_.way = Way::answers;
  server_.padding = 20;
  EXPECT_EQ(answer_to({DnsType::a, "nobody.example"}), DnsAnswer{});
}

TEST_F(CaresResolverTest, UnknownIsRememberedForAMoment) {
  server_.way = Way::fails;
  EXPECT_EQ(answer_to(kA), DnsAnswer{});
  const auto asked = server_.asked.size();
  EXPECT_EQ(answer_to(kA), DnsAnswer{});
  EXPECT_EQ(server_.asked.size(), asked);
  EXPECT_EQ(report().from_cache, 1u);
}

// With so many servers c-ares goes on asking for a second, at least 100 ms each.
class LateAnswers : public CaresResolverTest {
 protected:
  LateAnswers() {
    use(std::vector(4, server_.endpoint()), 150ms);
    server_.way = Way::silent;
    EXPECT_EQ(answer_to(kA), DnsAnswer{});
    EXPECT_EQ(report().late, 1u);
    EXPECT_EQ(report().in_flight, 1u);
    server_.way = Way::answers;
  }
};

TEST_F(LateAnswers, AreKeptForTheNext) {
  run_until([&] { return report().in_flight == 0; });
  EXPECT_EQ(answer_to(kA), kFound);
  EXPECT_EQ(report().from_cache, 1u);
}

TEST_F(LateAnswers, AreHeardByWhoJoins) {
  EXPECT_EQ(answer_to(kA), kFound);
  EXPECT_EQ(report().shared, 1u);
  EXPECT_EQ(report().sent, 1u);
}

TEST_F(CaresResolverTest, AnswersUnknownWhenTooManyAreUnderWay) {
  constexpr std::size_t kMost = 16'384;
  use({server_.endpoint()}, 1s);
  server_.way = Way::silent;
  std::vector<Resolver::Asked> asked;
  std::size_t heard = 0;
  for (std::size_t i = 0; i < kMost + 10; ++i) {
    asked.push_back(
        resolver_->ask({DnsType::a, fmt::format("h{}.example", i)}, [&](const auto& answer) {
          EXPECT_EQ(answer, DnsAnswer{});
          ++heard;
        }));
  }
  EXPECT_EQ(report().in_flight, kMost);
  EXPECT_EQ(report().refused, 10u);
  loop_.poll_one();
  run_until([&] { return heard == kMost + 10; });
  run_until([&] { return report().in_flight == 0; });
  EXPECT_EQ(report().unknown, kMost);
}

TEST_F(CaresResolverTest, UsesNewServersAtOnce) {
  NameServer other(loop_);
  other.add(DnsType::a, "host.example", address_data("198.51.100.7"));
  server_.way = Way::silent;
  std::optional<DnsAnswer> heard;
  const auto old =
      resolver_->ask({DnsType::a, "old.example"}, [&](const auto& answer) { heard = answer; });
  run_until([&] { return !server_.asked.empty(); });
  resolver_->use(settings({other.endpoint()}, 2s));
  EXPECT_EQ(answer_to(kA).addresses, std::vector{*Address::parse("198.51.100.7")});
  EXPECT_EQ(report().servers, std::vector{other.endpoint()});
  run_until([&] { return heard.has_value(); });  // by the old server, which it was sent to
  EXPECT_EQ(heard, DnsAnswer{});
}

TEST_F(CaresResolverTest, EndsWithQuestionsUnderWay) {
  server_.way = Way::silent;
  int heard = 0;
  std::vector<Resolver::Asked> asked;
  for (int i = 0; i < 300; ++i) {
    asked.push_back(
        resolver_->ask({DnsType::a, fmt::format("h{}.example", i)}, [&](const auto&) { ++heard; }));
  }
  run_until([&] { return server_.asked.size() == 300; });
  resolver_.reset();
  loop_.run_for(50ms);
  EXPECT_EQ(heard, 0);
}

TEST_F(CaresResolverTest, ItsCountsMayOutliveIt) {
  const auto counts = resolver_->counts();
  EXPECT_EQ(answer_to(kA), kFound);
  resolver_.reset();
  EXPECT_EQ(counts->report().found, 1u);
}

TEST(SystemNameServers, AreThoseOfTheSystem) {
  boost::asio::io_context loop;
  const CaresResolver resolver(loop.get_executor(), DnsSettings{});
  EXPECT_EQ(resolver.report().servers, system_name_servers());
  EXPECT_FALSE(system_name_servers().empty());  // this host itself where it names none
}

}  // namespace
}  // namespace gatepost
