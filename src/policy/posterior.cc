// Implements policy/posterior.h.
#include "policy/posterior.h"

#include <boost/math/special_functions/beta.hpp>
#include <cassert>

namespace gatepost {
namespace {

constexpr double kDoubt = 0.05;
constexpr double kThousandth = 0.001;

}  // namespace

bool Belief::surely_above(double bound) const {
  // Most clients have nothing against them: their mean need not be doubted.
  // In double alone: long double costs ten times as much.
  constexpr boost::math::policies::policy<boost::math::policies::promote_double<false>> kFast;
  return mean() > bound && boost::math::ibeta(spam, ham, bound, kFast) < kDoubt;
}

Belief root_belief(NameStanding name) {
  switch (name) {
    case NameStanding::unknown:
      return {1, 1};
    case NameStanding::own:
      return {0.6, 1.4};
    case NameStanding::consumer:
      return {1.4, 0.6};
  }
  assert(false);
  return {};
}

Belief updated(const Belief& prior, double weight, const Repute& repute) {
  return {weight * prior.mean() + kThousandth * repute.spam,
          weight * (1 - prior.mean()) + kThousandth * repute.ham};
}

}  // namespace gatepost
