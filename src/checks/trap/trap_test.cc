// Tests of checks/trap.
#include "checks/trap/trap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

using testing::ElementsAre;

EvidenceFixture gate_with_traps() {
  EvidenceFixture fixture;
  fixture.settings.trap.patterns = {"buy@example.org", "*@unused.example.org",
                                    "sales-*@example.org", "kyle-slashdot@example.org"};
  fixture.settings.restricted.addresses = {{"me-shop@example.org", {"shop.example.com"}},
                                           {"buy-news@example.org", {"news.example.com"}}};
  fixture.session.sender = {"a", "example.net"};
  return fixture;
}

bool hits(EvidenceFixture& fixture, Mailbox recipient) {
  fixture.recipient = std::move(recipient);
  return look_for_trap(fixture.evidence()).has_value();
}

struct Row {
  const char* rule;
  Mailbox recipient;
  bool hits;
};

TEST(Trap, HitsTheAddressesOfItsPatterns) {
  const Row rows[] = {
      {"the address", {"buy", "example.org"}, true},
      {"in any case", {"BUY", "Example.Org"}, true},
      {"quoted without need", {"\"buy\"", "example.org"}, true},
      {"with a dot at the end", {"buy", "example.org."}, true},
      {"another address", {"buyer", "example.org"}, false},
      {"another domain", {"buy", "example.net"}, false},
      {"a subdomain", {"buy", "mail.example.org"}, false},
      {"no domain", {"buy", ""}, false},
      {"the address as a quoted local part", {"\"buy@example.org\"", ""}, false},
      {"any address of a domain", {"whoever", "unused.example.org"}, true},
      {"its subdomain", {"whoever", "x.unused.example.org"}, false},
      {"a domain that only ends so", {"whoever", "notunused.example.org"}, false},
      {"a pattern within the local part", {"sales-x", "example.org"}, true},
      {"a tag with the first separator", {"buy+x", "example.org"}, true},
      {"a tag with the second separator", {"buy-x", "example.org"}, true},
      {"several tags", {"buy+x-y+z", "example.org"}, true},
      {"a separator that is none", {"buy_x", "example.org"}, false},
      {"a tagged trap does not make its user one", {"kyle", "example.org"}, false},
      {"nor another tag of that user", {"kyle-work", "example.org"}, false},
      {"a tag behind a tagged trap", {"kyle-slashdot+x", "example.org"}, true},
      {"an address given to one correspondent", {"me-shop", "example.org"}, false},
      {"such an address whose untagged form is a trap", {"buy-news", "example.org"}, false},
      {"one tag further", {"buy-news+x", "example.org"}, false},
  };
  auto fixture = gate_with_traps();
  for (const auto& row : rows) EXPECT_EQ(hits(fixture, row.recipient), row.hits) << row.rule;
}

TEST(Trap, TriesTheExactAddressFirst) {
  auto fixture = gate_with_traps();
  fixture.settings.trap.patterns = {"me-shop-x@example.org"};
  EXPECT_TRUE(hits(fixture, {"me-shop-x", "example.org"})) << "though me-shop is somebody's own";
}

TEST(Trap, HasTheSeparatorsOfTheSettings) {
  auto fixture = gate_with_traps();
  fixture.settings.trap.tag_separators = "_";
  EXPECT_TRUE(hits(fixture, {"buy_x", "example.org"}));
  EXPECT_FALSE(hits(fixture, {"buy+x", "example.org"}));
  fixture.settings.trap.tag_separators = "";
  EXPECT_FALSE(hits(fixture, {"buy_x", "example.org"}));
  EXPECT_TRUE(hits(fixture, {"buy", "example.org"}));
}

TEST(Trap, NeverHitsANullSender) {
  auto fixture = gate_with_traps();
  fixture.session.sender = {};
  EXPECT_FALSE(hits(fixture, {"buy", "example.org"}));
}

TEST(Trap, NeedsARecipientAndAPattern) {
  auto fixture = gate_with_traps();
  EXPECT_FALSE(look_for_trap(fixture.evidence()));
  fixture.settings.trap.patterns = {};
  EXPECT_FALSE(hits(fixture, {"buy", "example.org"}));
}

TEST(Trap, TellsTheAddressAsItWasWritten) {
  auto fixture = gate_with_traps();
  fixture.recipient = Mailbox{"Buy+\xc3\xa4", "Example.org"};
  const auto hit = look_for_trap(fixture.evidence());
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->detail, "wrote to the trap Buy+\\xc3\\xa4@Example.org");
}

class OneMore final : public AddedTraps {
 public:
  bool fit(const std::string& address) const override { return address == "late@example.org"; }
};

TEST(Trap, HitsThoseAddedToo) {
  auto fixture = gate_with_traps();
  EXPECT_FALSE(hits(fixture, {"Late+x", "example.org"}));
  fixture.settings.trap.added = std::make_shared<OneMore>();
  EXPECT_TRUE(hits(fixture, {"Late+x", "example.org"}));
  EXPECT_TRUE(hits(fixture, {"buy", "example.org"}));
}

TEST(TrapPatterns, TellWhichAreOutOfAFile) {
  TrapPatterns patterns{"a@d"};
  EXPECT_EQ(patterns.of_settings(), 1u);
  patterns.begin_file();
  patterns.push_back("b@d");
  EXPECT_EQ(patterns.of_settings(), 1u);
  EXPECT_EQ(patterns.size(), 2u);
}

TEST(TrapPatterns, FitAnAddressAsItStandsOrByTheirStars) {
  const TrapPatterns patterns{"a@d", "x*@d", "*@e", "a@d", "b@d"};
  EXPECT_THAT(patterns, ElementsAre("a@d", "x*@d", "*@e", "a@d", "b@d"));
  for (const auto* address : {"a@d", "b@d", "x@d", "xyz@d", "@e", "c@e"}) {
    EXPECT_TRUE(patterns.fit(address)) << address;
  }
  for (const auto* address : {"", "a@", "c@d", "aa@d", "a@d.", "*", "c@ee"}) {
    EXPECT_FALSE(patterns.fit(address)) << address;
  }
  EXPECT_FALSE(TrapPatterns{}.fit(""));
}

TEST(AddressForms, AreCutFromTheRight) {
  EXPECT_THAT(address_forms({"A+b-c", "D"}, "+-"), ElementsAre("a+b-c@d", "a+b@d", "a@d"));
  EXPECT_THAT(address_forms({"a", "d"}, "+-"), ElementsAre("a@d"));
  EXPECT_THAT(address_forms({"a+", "d"}, "+-"), ElementsAre("a+@d", "a@d"));
  EXPECT_THAT(address_forms({"+a", "d"}, "+-"), ElementsAre("+a@d"));
  EXPECT_THAT(address_forms({"-a+b", "d"}, "+-"), ElementsAre("-a+b@d", "-a@d"));
  EXPECT_THAT(address_forms({"a+-b", "d"}, "+-"), ElementsAre("a+-b@d", "a+@d", "a@d"));
  EXPECT_THAT(address_forms({"a+b", ""}, "+-"), ElementsAre("a+b", "a"));
  EXPECT_THAT(address_forms({"a+b", "d-e"}, "+-"), ElementsAre("a+b@d-e", "a@d-e"));
  EXPECT_THAT(address_forms({"", ""}, "+-"), ElementsAre(""));
}

TEST(AddressForms, AreAtMostEight) {
  const auto forms = address_forms({"a+1+2+3+4+5+6+7+8+9", "d"}, "+-");
  EXPECT_THAT(forms,
              ElementsAre("a+1+2+3+4+5+6+7+8+9@d", "a+1+2+3+4+5+6+7+8@d", "a+1+2+3+4+5+6+7@d",
                          "a+1+2+3+4+5+6@d", "a+1+2+3+4+5@d", "a+1+2+3+4@d", "a+1+2+3@d", "a@d"));
  EXPECT_THAT(address_forms({"a" + std::string(300, '-'), "d"}, "+-"), testing::SizeIs(8));
}

}  // namespace
}  // namespace gatepost
