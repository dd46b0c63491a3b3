// How far long work is, on a terminal.
#pragma once

#include <chrono>

#include "mining/mine_logs.h"
#include "ops/cli/cli.h"

namespace gatepost {

// On the terminal that messages go to; shows nothing where that is none, with NO_COLOR or --json.
class ProgressBar {
 public:
  ProgressBar(Console& console, bool json);

  void show(const MineProgress& progress);
  void clear();

 private:
  Console& console_;
  const bool visible_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace gatepost
