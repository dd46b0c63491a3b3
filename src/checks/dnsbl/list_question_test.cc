// Tests of checks/dnsbl/list_question.h.
#include "checks/dnsbl/list_question.h"

#include <gtest/gtest.h>

#include <set>

namespace gatepost {
namespace {

Address address(const char* text) { return *Address::parse(text); }

std::string question(const char* text) {
  return list_question(address(text), form_of(address(text)), "list.example");
}

TEST(ListQuestion, TurnsTheAddressRound) {
  EXPECT_EQ(question("192.0.2.7"), "7.2.0.192.list.example");
  EXPECT_EQ(question("::ffff:192.0.2.7"), "7.2.0.192.list.example");
  EXPECT_EQ(question("2001:db8:1:2:3:4:567:89ab"),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.list.example");
  EXPECT_EQ(question("64:ff9b::192.0.2.7").substr(0, 16), "7.0.2.0.0.0.0.c.")
      << "other embeddings stay IPv6";
}

// RFC 5782 5.
TEST(ListQuestion, OfTheTestPoints) {
  EXPECT_EQ(list_question(listed_point(), ListForm::v4, "z"), "2.0.0.127.z");
  EXPECT_EQ(list_question(unlisted_point(), ListForm::v4, "z"), "1.0.0.127.z");
  EXPECT_EQ(list_question(listed_point(), ListForm::v6, "z"),
            "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.z");
  EXPECT_EQ(list_question(unlisted_point(), ListForm::v6, "z"),
            "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.z");
}

TEST(ListQuestion, IsPutAboutPublicAddressesOnly) {
  for (const auto* text : {"192.0.2.1", "198.51.100.1", "203.0.113.255", "8.8.8.8", "100.128.0.1",
                           "172.32.0.1", "223.255.255.255", "2001:db8::1", "64:ff9b::1"}) {
    EXPECT_TRUE(is_public(address(text))) << text;
  }
  for (const auto* text : {"0.0.0.0",         "10.1.2.3",    "100.64.0.1",  "100.127.255.255",
                           "127.0.0.1",       "127.9.9.9",   "169.254.1.1", "172.16.0.1",
                           "172.31.255.255",  "192.168.1.1", "224.0.0.1",   "240.0.0.1",
                           "255.255.255.255", "::",          "::1",         "fc00::1",
                           "fdff::1",         "fe80::1",     "ff02::1",     "::ffff:10.1.2.3"}) {
    EXPECT_FALSE(is_public(address(text))) << text;
  }
}

TEST(ListQuestion, FreshPointsAreMany) {
  const auto network = *Network::parse("127.0.0.0/8");
  std::set<Address> points;
  for (std::uint64_t number = 1'700'000'000'000; points.size() < 100'000; ++number) {
    const auto point = fresh_point(number);
    ASSERT_TRUE(network.contains(point) && point.v4_bits() >= 0x7f400000) << point.to_string();
    ASSERT_TRUE(points.insert(point).second) << point.to_string();
  }
}

}  // namespace
}  // namespace gatepost
