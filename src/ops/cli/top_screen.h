// The screenful of `top`, as lines of text.
#pragma once

#include <vector>

#include "ops/cli/live_screen.h"
#include "ops/cli/top_news.h"

namespace gatepost {

enum class TopPart { overview, sessions, jailed, status };
TopPart next_part(TopPart part);  // the first behind the last

struct TopView {
  TopPart part = TopPart::overview;
  bool paused = false;
};

// At most as many lines as the screen has, none wider; the last one tells of the keys. Whatever the
// gate says, they are printable.
std::vector<ScreenLine> top_screen(const TopNews& news, const TopView& view, ScreenSize size);

// The same for nobody who could press a key.
std::vector<ScreenLine> top_page(const TopNews& news, ScreenSize size);

}  // namespace gatepost
