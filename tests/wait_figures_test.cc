// The figures that docs/the-wait.md speaks of are those that the lab computes.
#include <gtest/gtest.h>

#include "lab/wait/wait_report.h"
#include "support/golden.h"

namespace gatepost {
namespace {

TEST(WaitFigures, AreThoseOfThePage) {
  expect_golden("docs/plots/the-wait.txt", wait_text(wait_report({})));
}

}  // namespace
}  // namespace gatepost
