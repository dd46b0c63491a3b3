// Tests of gate/recall: whom a client is counted among.
#include "gate/recall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace gatepost {
namespace {

using testing::ElementsAre;

// Knows one system and one network of it.
class OneSystem final : public AsNumbers {
 public:
  std::optional<AutonomousSystem> system_of(const Address& address) const override {
    if (!Network::parse("192.0.0.0/16")->contains(address)) return std::nullopt;
    return AutonomousSystem{4'200'000'000};
  }
};

std::vector<std::string> around(const ScoreSettings& settings, std::string_view address) {
  std::vector<std::string> names;
  for (const auto& whom : neighbours_of(*Address::parse(address), settings))
    names.push_back(to_string(whom));
  return names;
}

TEST(Neighbours, AreTheNetworksTheWidestFirst) {
  EXPECT_THAT(around({}, "192.0.2.77"), ElementsAre("192.0.2.0/24"));
  EXPECT_THAT(around({}, "2001:db8:1:2345::1"),
              ElementsAre("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2300::/56"));
}

TEST(Neighbours, AreAllOfAnAutonomousSystemWhereADatabaseTells) {
  ScoreSettings settings;
  settings.as_numbers = std::make_shared<OneSystem>();
  EXPECT_THAT(around(settings, "192.0.2.77"), ElementsAre("AS4200000000", "192.0.2.0/24"));
  EXPECT_THAT(around(settings, "198.51.100.1"), ElementsAre("198.51.100.0/24"));
}

TEST(Neighbours, HaveKeysOfTheirOwn) {
  const auto network = key_of(*Network::parse("192.0.2.0/24"));
  const auto system = key_of(AutonomousSystem{64496});
  EXPECT_EQ(network, RecordKey::of_network(*Network::parse("192.0.2.0/24")));
  EXPECT_EQ(system.kind(), RecordKey::Kind::system);
  EXPECT_NE(system, key_of(AutonomousSystem{64497}));
}

}  // namespace
}  // namespace gatepost
