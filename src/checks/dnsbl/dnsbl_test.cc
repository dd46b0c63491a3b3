// Tests of checks/dnsbl.
#include "checks/dnsbl/dnsbl.h"

#include <gtest/gtest.h>

#include "checks/evidence_fixture.h"

namespace gatepost {
namespace {

std::vector<Address> codes(std::initializer_list<const char*> texts) {
  std::vector<Address> codes;
  for (const auto* text : texts) codes.push_back(*Address::parse(text));
  return codes;
}

WeightedFilter filter(const char* text, int points) { return {*AnswerFilter::parse(text), points}; }

DnsblList list(std::string zone, std::vector<WeightedFilter> points) {
  DnsblList list;
  list.zone = std::move(zone);
  list.points = std::move(points);
  return list;
}

class Dnsbl : public testing::Test {
 protected:
  Dnsbl() {
    fixture_.settings.dnsbl.lists = {
        list("zen.example", {filter("127.0.0.2", 3), filter("127.0.0.[10..11]", 2)}),
        list("bl.example", {filter("127.0.0.[2..9]", 1)}),
        list("wl.example", {filter("127.0.[0..255].3", -4), filter("127.0.5.[0..255]", 1)})};
  }

  std::optional<Hit> look(std::vector<DnsblAnswer> answers) {
    fixture_.session.dnsbl = std::move(answers);
    return look_for_dnsbl(fixture_.evidence());
  }

  EvidenceFixture fixture_;
};

TEST_F(Dnsbl, HitsWhereAFilterFits) {
  EXPECT_FALSE(look({}));
  EXPECT_FALSE(look({{"zen.example", codes({"127.0.0.3"})}}));
  const auto hit = look({{"zen.example", codes({"127.0.0.2"})}});
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->points, 3);
  EXPECT_EQ(hit->detail, "listed by zen.example (127.0.0.2)");
}

TEST_F(Dnsbl, CountsEachFilterOnceAndAddsDifferentOnes) {
  EXPECT_EQ(look({{"zen.example", codes({"127.0.0.10", "127.0.0.11"})}})->points, 2);
  EXPECT_EQ(look({{"zen.example", codes({"127.0.0.2", "127.0.0.11"})}})->points, 5);
}

TEST_F(Dnsbl, AddsUpOverLists) {
  const auto hit = look(
      {{"zen.example", codes({"127.0.0.2", "127.0.0.4"})}, {"bl.example", codes({"127.0.0.9"})}});
  EXPECT_EQ(hit->points, 4);
  EXPECT_EQ(hit->detail, "listed by zen.example (127.0.0.2, 127.0.0.4), bl.example (127.0.0.9)");
}

TEST_F(Dnsbl, HearsWhoVouchesForAClient) {
  const auto alone = look({{"wl.example", codes({"127.0.9.3"})}});
  EXPECT_EQ(alone->points, -4);
  EXPECT_EQ(alone->detail, "vouched for by wl.example (127.0.9.3)");
  const auto both =
      look({{"zen.example", codes({"127.0.0.2"})}, {"wl.example", codes({"127.0.9.3"})}});
  EXPECT_EQ(both->points, -1);
  EXPECT_EQ(both->detail,
            "listed by zen.example (127.0.0.2); vouched for by wl.example (127.0.9.3)");
  EXPECT_EQ(look({{"wl.example", codes({"127.0.5.3"})}})->points, -3) << "filters of both kinds";
}

TEST_F(Dnsbl, HearsNobodyWhoIsNotInTheSettings) {
  EXPECT_FALSE(look({{"other.example", codes({"127.0.0.2"})}}));
}

TEST_F(Dnsbl, CountsAnyAnswerWhereNothingElseIsWritten) {
  fixture_.settings.dnsbl.lists = {DnsblList{}};
  fixture_.settings.dnsbl.lists[0].zone = "plain.example";
  EXPECT_EQ(look({{"plain.example", codes({"127.0.0.77"})}})->points, 2);
}

TEST_F(Dnsbl, KnowsAListByItsNameAndNeverShowsAKey) {
  auto& lists = fixture_.settings.dnsbl.lists;
  lists[0].key = "0123456789abcdefghijklmnop";
  EXPECT_EQ(shown_name(lists[0]), "zen.example");
  EXPECT_EQ(question_zone(lists[0]), "0123456789abcdefghijklmnop.zen.example");
  lists[0].name = "zen";
  EXPECT_EQ(shown_name(lists[0]), "zen");
  EXPECT_EQ(question_zone(lists[0]), "0123456789abcdefghijklmnop.zen.example");
  EXPECT_EQ(look({{"zen", codes({"127.0.0.2"})}})->detail, "listed by zen (127.0.0.2)");
  EXPECT_FALSE(look({{"zen.example", codes({"127.0.0.2"})}}));
}

TEST_F(Dnsbl, DoesNotShowAKeyThatStandsInTheZone) {
  const struct {
    const char* zone;
    const char* shown;
  } rows[] = {
      {"0123456789abcdefghijklmnop.zen.dq.example", "zen.dq.example"},
      {"abcdefghijklmnopqrst.example", "example"},
      {"abcdefghijklmnopqrs.example", "abcdefghijklmnopqrs.example"},
      {"abcdefghij-klmnopqrstuvw.example", "abcdefghij-klmnopqrstuvw.example"},
      {"zen.example", "zen.example"},
      {"abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(shown_name(list(row.zone, {})), row.shown);
    EXPECT_EQ(question_zone(list(row.zone, {})), row.zone);
  }
}

}  // namespace
}  // namespace gatepost
