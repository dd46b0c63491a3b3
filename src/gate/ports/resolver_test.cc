// Tests of what gate/ports/resolver.h does for all resolvers.
#include "gate/ports/resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gatepost {
namespace {

using enum DnsAnswer::Outcome;
using Names = std::vector<std::string>;

TEST(ReverseName, TurnsTheAddressAround) {
  EXPECT_EQ(reverse_name(*Address::parse("192.0.2.1")), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(*Address::parse("255.0.10.200")), "200.10.0.255.in-addr.arpa");
  EXPECT_EQ(reverse_name(*Address::parse("::ffff:192.0.2.1")), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(*Address::parse("2001:db8::567:89ab")),  // RFC 3596 2.5 has such a one
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(WithinBounds, KeepsHostNamesInLowerCase) {
  for (const auto type : {DnsType::ptr, DnsType::mx}) {
    EXPECT_EQ(within_bounds(type, {found, {}, {"B.example.", "foo bar", "", "a.example"}}),
              (DnsAnswer{found, {}, {"b.example", "a.example"}}));
    EXPECT_EQ(within_bounds(type, {found, {}, {"foo bar", "192.0.2.1"}}),
              (DnsAnswer{none, {}, {}}));
  }
}

TEST(WithinBounds, KeepsTextsButCutsThem) {
  const auto cut = within_bounds(DnsType::txt, {found, {}, {"A B\r\n", std::string(5000, 'x')}});
  EXPECT_EQ(cut, (DnsAnswer{found, {}, {"A B\r\n", std::string(kDnsTextMax, 'x')}}));
}

TEST(WithinBounds, KeepsTheFirst) {
  DnsAnswer many{found, {}, {}};
  for (unsigned i = 0; i < 1'000; ++i) {
    many.names.push_back(fmt::format("n{}.example", i));
    many.addresses.push_back(Address::v4(i));
  }
  const auto kept = within_bounds(DnsType::ptr, many);
  many.names.resize(kDnsNamesMax);
  many.addresses.resize(kDnsAddressesMax);
  EXPECT_EQ(kept, many);
}

TEST(WithinBounds, LeavesNothingWhereNothingWasFound) {
  const DnsAnswer contrary{unknown, {Address::v4(1)}, {"a.example"}};
  EXPECT_EQ(within_bounds(DnsType::a, contrary), DnsAnswer{});
  EXPECT_EQ(within_bounds(DnsType::a, {none, {}, {}}), (DnsAnswer{none, {}, {}}));
}

TEST(ResolverReport, IsIllWhereMostIsNotAnswered) {
  ResolverReport report;
  report.lately_unknown = 11;
  EXPECT_FALSE(is_ill(report)) << "too few to say so";
  report.lately_unknown = 12;
  EXPECT_TRUE(is_ill(report));
  report.lately_answered = 12;
  EXPECT_FALSE(is_ill(report));
}

TEST(ResolverReport, AddsUp) {
  ResolverReport total, one;
  one.asked = 3;
  one.unknown = 2;
  one.latency = std::chrono::microseconds(5);
  one.servers = {{Address::v4(1), 53}};
  total += one;
  total += one;
  EXPECT_EQ(total.asked, 6u);
  EXPECT_EQ(total.unknown, 4u);
  EXPECT_EQ(total.latency.count(), 10);
  EXPECT_EQ(total.servers, one.servers);
}

}  // namespace
}  // namespace gatepost
