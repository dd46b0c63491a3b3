// Implements ops/cli/progress_bar.h.
#include "ops/cli/progress_bar.h"

#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace gatepost {
namespace {

constexpr std::size_t kBarWidth = 24;
constexpr auto kEvery = std::chrono::milliseconds(100);

bool is_wanted(bool json) {
  const char* const no_colour = std::getenv("NO_COLOR");
  return !json && !(no_colour && *no_colour) && ::isatty(STDERR_FILENO) == 1;
}

std::string in_minutes(double seconds) {
  const auto whole = std::llround(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(Console& console, bool json)
    : console_(console), visible_(is_wanted(json)) {}

void ProgressBar::show(const MineProgress& progress) {
  if (!visible_) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
  const auto read = static_cast<double>(progress.read);
  const auto rate = took.count() > 0 ? read / took.count() : 0;
  const auto text = fmt::format("{:.1f} MB/s, {} lines", rate / 1e6, progress.lines);
  if (progress.size > 0 && rate > 0) {
    const auto share = std::min(1.0, read / static_cast<double>(progress.size));
    return draw(share, text, (static_cast<double>(progress.size) - read) / rate);
  }
  draw(text);
}

void ProgressBar::show(std::size_t done, std::size_t all) {
  if (all > 0)
    show(static_cast<double>(done) / static_cast<double>(all), fmt::format("{} of {}", done, all));
}

void ProgressBar::show(double share, std::string_view text) {
  if (!visible_) return;
  if (share <= 0) return draw(text);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
  share = std::min(1.0, share);
  draw(share, text, took.count() * (1 - share) / share);
}

void ProgressBar::draw(double share, std::string_view text, double seconds_left) {
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  draw(fmt::format("[{}{}] {:3.0f} %, {}, {} left", std::string(full, '#'),
                   std::string(kBarWidth - full, '.'), share * 100, text,
                   in_minutes(seconds_left)));
}

void ProgressBar::draw(std::string_view line) {
  fmt::print(console_.err, "\r\x1b[K{}", line);
  console_.err.flush();
  drawn_ = std::chrono::steady_clock::now();
}

bool ProgressBar::is_due() const {
  return visible_ && std::chrono::steady_clock::now() - drawn_ >= kEvery;
}

void ProgressBar::clear() {
  if (!visible_) return;
  console_.err << "\r\x1b[K";
  console_.err.flush();
}

}  // namespace gatepost
