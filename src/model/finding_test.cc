// Tests of model/finding.h: the words that settings, log and records rely on.
#include "model/finding.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gatepost {
namespace {

// Names and order of the documented list; numbers are stored, so they must never move.
constexpr std::string_view kChecks =
    "pregreet trap restricted unknown_users errors password botnet_nordns botnet_baddns "
    "botnet_ipinhostname "
    "botnet_clientwords botnet_serverwords botnet_client botnet_soho botnet_strength helo dnsbl "
    "rate greylist "
    "score neighbourhood jail operator";

TEST(CheckNames, AreThoseOfTheSettingsInTheStoredOrder) {
  const auto names = split(kChecks, ' ');
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = static_cast<CheckName>(i + 1);
    EXPECT_EQ(to_string(name), names[i]);
    EXPECT_EQ(parse_check_name(names[i]), name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(CheckName::operator_));
}

TEST(CheckNames, OfANewerVersionHaveAWordToo) {
  EXPECT_EQ(to_string(static_cast<CheckName>(200)), "unknown");
  EXPECT_EQ(to_string(CheckName{}), "unknown");
  EXPECT_EQ(parse_check_name("unknown"), std::nullopt);
  EXPECT_EQ(parse_check_name("Trap"), std::nullopt);
}

TEST(Treatments, AreWordsAndPointsIsNone) {
  using enum Treatment;
  for (const auto treatment : {off, note, tempfail, jail, reject, firewall}) {
    EXPECT_EQ(parse_treatment(to_string(treatment)), treatment);
  }
  EXPECT_EQ(parse_treatment("points"), std::nullopt);
  EXPECT_EQ(parse_treatment("drop"), std::nullopt);
  EXPECT_LT(note, points);
  EXPECT_LT(points, tempfail);
  EXPECT_LT(tempfail, jail);
  EXPECT_LT(jail, reject);
  EXPECT_LT(reject, firewall);
}

TEST(Words, OfClassesAndActionsDiffer) {
  using enum EvidenceClass;
  EXPECT_EQ(to_string(protocol), "protocol");
  EXPECT_EQ(to_string(identity), "identity");
  EXPECT_EQ(to_string(reputation), "reputation");
  EXPECT_EQ(to_string(conduct), "conduct");
  EXPECT_EQ(to_string(Action::accept), "accept");
  EXPECT_EQ(to_string(Action::tempfail), "tempfail");
  EXPECT_EQ(to_string(Action::jail), "jail");
  EXPECT_EQ(to_string(Action::reject), "reject");
  EXPECT_EQ(to_string(Action::drop), "drop");
}

TEST(Verdicts, BindUnlessAcceptedOrObserved) {
  const auto binds = [](Action action, bool observed) {
    Verdict verdict;
    verdict.action = action;
    verdict.observed = observed;
    return verdict.binds();
  };
  EXPECT_FALSE(binds(Action::accept, false));
  EXPECT_TRUE(binds(Action::tempfail, false));
  EXPECT_TRUE(binds(Action::drop, false));
  EXPECT_FALSE(binds(Action::drop, true));
}

}  // namespace
}  // namespace gatepost
