// Tests of model/record_key.h.
#include "model/record_key.h"

#include <gtest/gtest.h>

#include <set>

namespace gatepost {
namespace {

Address address(const char* text) { return *Address::parse(text); }
RecordKey of(const char* network) { return RecordKey::of_network(*Network::parse(network)); }

TEST(RecordKey, OfAClientGivesTheClientBack) {
  for (const auto* text : {"192.0.2.7", "2001:db8:1:2::3"}) {
    const ClientKey client(address(text));
    EXPECT_EQ(RecordKey(client).kind(), RecordKey::Kind::client);
    EXPECT_EQ(RecordKey(client).client(), client);
  }
}

TEST(RecordKey, NoTwoThingsShareOne) {
  using Kind = RecordKey::Kind;
  const std::set<RecordKey> keys{ClientKey(address("192.0.2.0")),
                                 ClientKey(address("2001:db8::")),
                                 of("192.0.2.0/24"),
                                 of("192.0.3.0/24"),
                                 of("2001:db8::/32"),
                                 of("2001:db8::/48"),
                                 of("2001:db8::/56"),
                                 RecordKey::of_text(Kind::greylist, "a"),
                                 RecordKey::of_text(Kind::greylist, "b"),
                                 RecordKey::of_text(Kind::organisation, "a")};
  EXPECT_EQ(keys.size(), 10u);
  EXPECT_EQ(keys.begin()->kind(), Kind::client);
}

// Stored keys must be the same for ever.
TEST(RecordKey, OfATextIsStable) {
  const auto key = RecordKey::of_text(RecordKey::Kind::organisation, "example.net");
  EXPECT_EQ(RecordKey::from_bytes(key.kind(), key.bytes()), key);
  EXPECT_EQ(Address::from_bytes(key.bytes()).to_string(), "1f65:9cf:6799:5a56:8716:475d:8fa2:8a4f");
}

}  // namespace
}  // namespace gatepost
