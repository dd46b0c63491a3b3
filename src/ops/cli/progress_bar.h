// How far long work is, on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "mining/mine_logs.h"
#include "ops/cli/cli.h"

namespace gatepost {

// On the terminal that messages go to; shows nothing where that is none, with NO_COLOR or --json.
class ProgressBar {
 public:
  ProgressBar(Console& console, bool json);

  void show(const MineProgress& progress);
  void show(std::size_t done, std::size_t all);
  void show(double share, std::string_view text);  // 0: of how much is not known
  void clear();
  bool is_visible() const { return visible_; }
  bool is_due() const;  // it is visible, and was not drawn just now

 private:
  void draw(double share, std::string_view text, double seconds_left);
  void draw(std::string_view line);

  Console& console_;
  const bool visible_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_ = began_;
};

}  // namespace gatepost
