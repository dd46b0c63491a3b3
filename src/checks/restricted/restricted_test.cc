// Tests of checks/restricted.
#include "checks/restricted/restricted.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

EvidenceFixture gate_with_restricted_addresses() {
  EvidenceFixture fixture;
  fixture.settings.restricted.addresses = {
      {"me-shop@example.org", {"shop.example.com", "friend@mail.example.net"}}};
  return fixture;
}

std::optional<Hit> look(Mailbox sender, Mailbox recipient) {
  auto fixture = gate_with_restricted_addresses();
  fixture.session.sender = std::move(sender);
  fixture.recipient = std::move(recipient);
  return look_for_restricted(fixture.evidence());
}

struct Row {
  const char* rule;
  Mailbox sender, recipient;
  bool hits;
};

TEST(Restricted, LetsTheCorrespondentAloneWrite) {
  const Mailbox restricted{"me-shop", "example.org"};
  const Row rows[] = {
      {"the correspondent", {"news", "shop.example.com"}, restricted, false},
      {"in any case", {"News", "SHOP.Example.com"}, {"Me-Shop", "Example.ORG"}, false},
      {"its subdomain", {"news", "eu.shop.example.com"}, restricted, false},
      {"its parent", {"news", "example.com"}, restricted, true},
      {"a domain that only ends so", {"news", "evilshop.example.com"}, restricted, true},
      {"a domain that only begins so", {"news", "shop.example.com.evil.example"}, restricted, true},
      {"its name as a local part", {"shop.example.com", "evil.example"}, restricted, true},
      {"its name in a quoted local part",
       {"\"x@shop.example.com\"", "evil.example"},
       restricted,
       true},
      {"a mailbox", {"friend", "mail.example.net"}, restricted, false},
      {"another of its domain", {"foe", "mail.example.net"}, restricted, true},
      {"its subdomain is another mailbox", {"friend", "x.mail.example.net"}, restricted, true},
      {"a stranger", {"a", "evil.example"}, restricted, true},
      {"a sender without domain", {"postmaster", ""}, restricted, true},
      {"the null sender", {}, restricted, false},
      {"the untagged address", {"a", "evil.example"}, {"me", "example.org"}, false},
      {"another tag", {"a", "evil.example"}, {"me-bank", "example.org"}, false},
      {"one tag further", {"a", "evil.example"}, {"me-shop-x", "example.org"}, false},
      {"another domain", {"a", "evil.example"}, {"me-shop", "example.net"}, false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(look(row.sender, row.recipient).has_value(), row.hits) << row.rule;
}

TEST(Restricted, TellsWhoWroteAndWhoMay) {
  const auto hit = look({"a\x07", "Evil.example"}, {"me-shop", "example.org"});
  ASSERT_TRUE(hit);
  EXPECT_EQ(
      hit->detail,
      "a\\x07@evil.example wrote to me-shop@example.org, which was given to shop.example.com, "
      "friend@mail.example.net alone");
}

TEST(Restricted, NeedsARecipient) {
  auto fixture = gate_with_restricted_addresses();
  fixture.session.sender = {"a", "evil.example"};
  EXPECT_FALSE(look_for_restricted(fixture.evidence()));
}

}  // namespace
}  // namespace gatepost
