// Tests of how long clients bear to wait.
#include "lab/wait/survival.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gatepost {
namespace {

// E. Freireich et al., "The effect of 6-mercaptopurine on the duration of steroid-induced
// remissions in acute leukemia", 1963, the treated: weeks until relapse, 12 of 21 censored. The
// example of most textbooks.
std::vector<Watched> freireich() {
  return {{6, true},   {6, true},   {6, true},   {6, false}, {7, true},   {9, false},
          {10, true},  {10, false}, {11, false}, {13, true}, {16, true},  {17, false},
          {19, false}, {20, false}, {22, true},  {23, true}, {25, false}, {32, false},
          {32, false}, {34, false}, {35, false}};
}

TEST(SurvivalCurve, IsThatOfTheTextbooks) {
  struct Row {
    double at;
    std::uint64_t at_risk;
    std::uint64_t ended;
    double share, error, low, high;
  };
  const Row expected[] = {
      {6, 21, 3, 0.857, 0.0764, 0.620, 0.952},  {7, 17, 1, 0.807, 0.0869, 0.563, 0.923},
      {10, 15, 1, 0.753, 0.0963, 0.503, 0.889}, {13, 12, 1, 0.690, 0.1068, 0.432, 0.849},
      {16, 11, 1, 0.627, 0.1141, 0.368, 0.805}, {22, 7, 1, 0.538, 0.1282, 0.268, 0.747},
      {23, 6, 1, 0.448, 0.1346, 0.188, 0.680},
  };
  const auto curve = survival_curve(freireich());
  ASSERT_EQ(curve.size(), std::size(expected));
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].at, expected[i].at);
    EXPECT_EQ(curve[i].at_risk, expected[i].at_risk);
    EXPECT_EQ(curve[i].ended, expected[i].ended);
    EXPECT_NEAR(curve[i].share, expected[i].share, 0.0006);
    EXPECT_NEAR(curve[i].error, expected[i].error, 0.00006);
    EXPECT_NEAR(curve[i].low, expected[i].low, 0.0006);
    EXPECT_NEAR(curve[i].high, expected[i].high, 0.0006);
  }
}

TEST(SurvivalCurve, OfNobodyWhoEndedHasNoStep) {
  EXPECT_TRUE(survival_curve({}).empty());
  EXPECT_TRUE(survival_curve({{6, false}, {6, false}}).empty());
}

TEST(SurvivalCurve, EndsAtNothingWhereTheLastOneEnds) {
  const auto curve = survival_curve({{1, true}, {2, true}, {3, true}});
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_NEAR(curve[1].share, 1.0 / 3, 1e-12);
  EXPECT_EQ(curve[2].share, 0);
  EXPECT_EQ(curve[2].low, 0);
  EXPECT_EQ(curve[2].high, 0);
}

// Greeted at 6 s: what they would have done later is not known, so they weigh only until then.
TEST(SurvivalCurve, OfCensoredOnesIsThatOfTheLaw) {
  const Patience patience{0, 0.3, 1, 1.24, 17.8};
  std::vector<Watched> watched;
  constexpr int kMany = 4'000;
  for (int i = 0; i < kMany; ++i) {
    const double chance = (i + 0.5) / kMany;
    const double leaves = 17.8 * std::pow(-std::log(1 - chance), 1 / 1.24);
    const double greeted = i % 3 == 0 ? 6 : 40;
    watched.push_back({std::min(leaves, greeted), leaves < greeted});
  }
  for (const auto& step : survival_curve(watched)) {
    EXPECT_NEAR(step.share, survival(patience, step.at), 0.002);
    EXPECT_LE(step.low, step.share);
    EXPECT_GE(step.high, step.share);
  }
}

// 90 % had talked or left after 35 s, and all after 85: what the law was fitted to.
TEST(Patience, IsThatOfTheTwoPointsThatWereTold) {
  const Patience spamware{0, 0.3, 1, 1.24, 17.8};
  EXPECT_NEAR(detected_by(spamware, 35), 0.90, 0.005);
  EXPECT_NEAR(detected_by(spamware, 85), 0.999, 0.001);
  EXPECT_NEAR(detected_by(spamware, 6), 0.23, 0.005);
}

TEST(Patience, OfAMixtureIsTheSumOfItsParts) {
  const Patience patience;
  EXPECT_EQ(survival(patience, 0), 1);
  EXPECT_NEAR(survival(patience, 1e4), 0.3, 1e-9) << "the patient";
  EXPECT_NEAR(detected_by(patience, 6), (0.3 + 0.4 * 0.2288) / 0.7, 0.0005);
  EXPECT_EQ(detected_by({0, 1, 0, 1, 1}, 6), 0) << "nobody can be detected";
}

TEST(Patience, HazardIsTheFallOfSurvival) {
  const Patience patience;
  for (const double t : {0.1, 0.5, 2.0, 6.0, 20.0, 60.0}) {
    constexpr double kStep = 1e-5;
    const double fall = survival(patience, t - kStep) - survival(patience, t + kStep);
    EXPECT_NEAR(hazard(patience, t), fall / (2 * kStep) / survival(patience, t), 1e-6);
  }
}

TEST(Patience, MeanHoldIsTheAreaUnderSurvival) {
  const Patience patience;
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) sum += survival(patience, (i + 0.5) * 0.001) * 0.001;
  EXPECT_NEAR(mean_hold(patience, 20, false), sum, 1e-3);
  EXPECT_NEAR(mean_hold(patience, 20, true), sum + 0.3 * (20 - 0.3), 1e-3);
  EXPECT_EQ(mean_hold(patience, 0, true), 0);
}

}  // namespace
}  // namespace gatepost
