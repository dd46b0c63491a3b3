// Tests of checks/botnet/strength.h.
#include "checks/botnet/strength.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

using Outcome = ClientName::Outcome;

// Its numbers are met in no name by chance.
constexpr auto kAddress = "198.151.177.233";

NameSigns signs(const std::string& name, Outcome outcome = Outcome::confirmed,
                Leads leads = Leads::unknown, const char* address = kAddress) {
  return signs_in({outcome, name}, *Address::parse(address), leads, BotnetSettings());
}

TEST(NameStrength, IsTheSumOfWhatIsSeen) {
  const struct {
    const char* name;
    int strength;
    const char* seen;
  } rows[] = {
      {"host.example.com", 0, ""},
      {"example.com", 0, ""},
      {"233.example", 0, ""},
      {"198-151-177-233.dyn.isp.example", 15, "its whole address (9), a client word (6)"},
      {"198-151-177-233.static.isp.example", 11, "its whole address (9), a weak client word (2)"},
      {"x177-233.isp.example", 7, "half of its address (7)"},
      {"x177.a5.b233.isp.example", 5, "digits of its address (5)"},
      {"static233.isp.example", 5, "the last number of its address (3), a weak client word (2)"},
      {"static.isp.example", 2, "a weak client word (2)"},
      {"adsl.isp.example", 6, "a client word (6)"},
      {"adsl.static.isp.example", 6, "a client word (6)"},
      {"broadband.static.isp.example", 5, "a word of lines (5)"},
      {"host12.isp.example", 5, "a word of lines (5)"},
      {"host.isp.example", 0, ""},
      {"s010600b0d01ffc6e.ed.isp.example", 6, "a long number (6)"},
      {"cp864564-b.city.isp.example", 6, "a long number (6)"},
      {"p5147-ab03x.isp.example", 6, "a long number (6)"},
      {"d7-111.city.isp.example", 5, "numbers and single letters (5)"},
      {"ab7-111.city.isp.example", 3, "two numbers (3)"},
      {"deadbeefcafe.isp.example", 0, ""},  // hex without a digit is a word
      {"smtp.isp.example", -6, "a server word (-6)"},
      {"smtp.adsl.isp.example", 0, "a client word (6), a server word (-6)"},
      {"198-151-177-233.smtp.isp.example", 3, "its whole address (9), a server word (-6)"},
      {"198-151-177-233.smtp.adsl.isp.example", 9,
       "its whole address (9), a client word (6), a server word (-6)"},
      {"xtinmta05.isp.example", -4, "looks like a server (-4)"},
      {"mailgate.isp.example", -4, "looks like a server (-4)"},
      {"vps12345.isp.example", 2, "a long number (6), looks like a server (-4)"},
      {"router.isp.example", 0, ""},
      {"adsl.co.uk", 0, ""},  // the domain itself
      {"adsl.example.co.uk", 6, "a client word (6)"},
      {"a.dslworld.co.uk", 0, ""},
  };
  for (const auto& row : rows) {
    const auto seen = signs(row.name);
    EXPECT_EQ(seen.describe(), row.seen) << row.name;
    EXPECT_EQ(seen.strength(), row.strength) << row.name;
  }
}

TEST(NameStrength, TakesNoAccountOfWhatIsUnknown) {
  EXPECT_EQ(signs("", Outcome::unknown).strength(), 0);
  EXPECT_EQ(signs("host.example.com", Outcome::unknown).strength(), 0);
  EXPECT_EQ(signs("adsl.isp.example", Outcome::unknown).strength(), 6);
  EXPECT_EQ(signs("adsl.isp.example", Outcome::confirmed, Leads::no).strength(), 6);
}

TEST(NameStrength, HasNoNameAndMismatchForHits) {
  EXPECT_EQ(signs("", Outcome::none).describe(), "no name (7)");
  EXPECT_EQ(signs("host.example.com", Outcome::mismatch).describe(),
            "a name that does not lead back (6)");
  EXPECT_EQ(signs("smtp.example.com", Outcome::mismatch).strength(), 6)
      << "anybody can write a server word there";
  EXPECT_GE(signs("smtp.example.com", Outcome::mismatch).strength(), kStrengthHit);
}

TEST(NameStrength, SparesTheSmallOfficeWhateverItsLineIsCalled) {
  const auto* worst = "198-151-177-233.adsl.isp.example";
  EXPECT_LT(signs(worst, Outcome::confirmed, Leads::yes).strength(), kStrengthHit);
  EXPECT_LT(signs(worst, Outcome::mismatch, Leads::yes).strength(), kStrengthHit);
  EXPECT_GE(signs("", Outcome::none, Leads::yes).strength(), kStrengthHit)
      << "who has no name is not spared";
}

TEST(NameStrength, KnowsAddressesOfIpv6) {
  EXPECT_EQ(
      signs("2001-db8-7--1.dyn.isp.example", Outcome::confirmed, Leads::unknown, "2001:db8:7::1")
          .describe(),
      "its whole address (9), a client word (6)");
}

TEST(NameStrength, GoesByTheWordsOfTheSettings) {
  BotnetSettings settings;
  settings.weak_words = {};
  settings.strength_words = WordList::make({"lorem"}).value();
  const auto strength = [&](const char* name) {
    return signs_in({Outcome::confirmed, name}, *Address::parse(kAddress), Leads::unknown, settings)
        .strength();
  };
  EXPECT_EQ(strength("static.isp.example"), 6);
  EXPECT_EQ(strength("lorem.isp.example"), 5);
  EXPECT_EQ(strength("host12.isp.example"), 0);
}

}  // namespace
}  // namespace gatepost
