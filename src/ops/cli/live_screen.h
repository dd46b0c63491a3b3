// A screenful that changes while somebody looks at it, and the keys he presses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/instant.h"

namespace gatepost {

enum class Look { plain, title, good, warning, bad, faint };

// Printable ASCII, one column each.
struct ScreenLine {
  std::string text;
  Look look = Look::plain;
};

struct ScreenSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

// One thread at a time. The terminal is as it was when it is destroyed.
class LiveScreen {
 public:
  LiveScreen() = default;
  virtual ~LiveScreen() = default;
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  virtual ScreenSize size() = 0;  // as it is now
  // What does not fit is left out.
  virtual void show(const std::vector<ScreenLine>& lines) = 0;
  // The next key, waited for so long at most; nothing, too, where the size has changed, and 'q' for
  // ever once nobody can type any more.
  virtual std::optional<char> key(Duration wait) = 0;
};

}  // namespace gatepost
