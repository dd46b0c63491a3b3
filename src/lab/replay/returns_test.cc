// Tests of who comes again, and when.
#include "lab/replay/returns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

SessionFacts from(std::string_view client, std::string_view name, std::string_view domain) {
  SessionFacts facts;
  facts.client.address = *Address::parse(client);
  facts.name = {ClientName::Outcome::confirmed, std::string(name)};
  facts.sender = {"a", std::string(domain)};
  return facts;
}

std::vector<Duration> all_of(const Returns& returns) {
  std::vector<Duration> all;
  while (const auto next = returns.next(static_cast<std::uint32_t>(all.size())))
    all.push_back(*next);
  return all;
}

TEST(Returns, OfProvidersAreThoseMeasured) {
  const auto aol = all_of(Returns::of_mail_server(from("192.0.2.1", "omr.mx.aol.com", ""), 1));
  EXPECT_EQ(aol, (std::vector<Duration>{332s, 692s, 1292s, 1892s})) << "and then it gives up";
  const auto gmail = all_of(Returns::of_mail_server(from("192.0.2.1", "x", "gmail.com"), 1));
  EXPECT_EQ(gmail.front(), 362s);
  EXPECT_GE(gmail.back(), 48h);
  const auto none = all_of(Returns::of_mail_server(from("192.0.2.1", "x", "notgmail.com"), 1));
  EXPECT_NE(none, gmail);
}

TEST(Returns, AreKnownByTheirNames) {
  const auto aol = Returns::named("aol");
  ASSERT_TRUE(aol);
  EXPECT_EQ(all_of(*aol), (std::vector<Duration>{332s, 692s, 1292s, 1892s}));
  ASSERT_TRUE(Returns::named("Sendmail"));
  EXPECT_EQ(Returns::named("Sendmail")->next(0), 30min);
  EXPECT_FALSE(Returns::named("nobody"));
}

TEST(Returns, OfEachMailServerOutlastADay) {
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const auto server = from(Address::v4(i << 8).to_string(), "mx.example.net", "example.net");
    const auto all = all_of(Returns::of_mail_server(server, 1));
    ASSERT_GE(all.back(), 24h);
    ASSERT_TRUE(std::is_sorted(all.begin(), all.end()));
    EXPECT_EQ(all, all_of(Returns::of_mail_server(server, 1)));
  }
}

TEST(Returns, OfSpammersHaveTheSharesThatWereMeasured) {
  int never = 0;
  int too_soon = 0;
  int late = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto bot = from(Address::v4(i << 8).to_string(), "x", "example.com");
    const auto all = all_of(Returns::of_spammer(bot, {}, 7));
    if (all.empty())
      ++never;
    else if (all.size() == 1 && all.front() < 60s)
      ++too_soon;
    else if (all.front() >= 5min)
      ++late;
  }
  EXPECT_EQ(never + too_soon + late, 20'000);
  EXPECT_NEAR(never, 0.358 * 20'000, 300);
  EXPECT_NEAR(too_soon, 0.315 * 20'000, 300);
}

}  // namespace
}  // namespace gatepost
