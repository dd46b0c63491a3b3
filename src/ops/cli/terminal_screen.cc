// Implements ops/cli/terminal_screen.h on ncurses.
#include "ops/cli/terminal_screen.h"

#define NCURSES_NOMACROS
#include <curses.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace gatepost {
namespace {

constexpr short kPlainPair = 0;

// A pair of colours has the number of its look.
short colour_of(Look look) {
  switch (look) {
    case Look::good:
      return COLOR_GREEN;
    case Look::warning:
      return COLOR_YELLOW;
    case Look::bad:
      return COLOR_RED;
    default:
      return -1;
  }
}

attr_t attributes_of(Look look) {
  switch (look) {
    case Look::title:
      return A_REVERSE;
    case Look::bad:
      return A_BOLD;
    case Look::faint:
      return A_DIM;
    default:
      return A_NORMAL;
  }
}

class TerminalScreen final : public LiveScreen {
 public:
  TerminalScreen(SCREEN* screen, bool colour) : screen_(screen) {
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    colour_ = colour && start_color() == OK && use_default_colors() == OK;
    if (!colour_) return;
    for (const auto look : {Look::good, Look::warning, Look::bad})
      init_pair(static_cast<short>(look), colour_of(look), -1);
  }
  ~TerminalScreen() override {
    endwin();
    delscreen(screen_);
  }

  ScreenSize size() override {
    return {static_cast<std::size_t>(std::max(getmaxx(stdscr), 1)),
            static_cast<std::size_t>(std::max(getmaxy(stdscr), 1))};
  }

  void show(const std::vector<ScreenLine>& lines) override {
    const auto [width, height] = size();
    werase(stdscr);
    for (std::size_t row = 0; row < std::min(lines.size(), height); ++row) {
      const auto& [text, look] = lines[row];
      const bool has_colour = colour_ && colour_of(look) >= 0;
      const auto pair = has_colour ? static_cast<short>(look) : kPlainPair;
      wattr_set(stdscr, attributes_of(look), pair, nullptr);
      mvwaddnstr(stdscr, static_cast<int>(row), 0, text.c_str(), static_cast<int>(width));
    }
    wrefresh(stdscr);
  }

  std::optional<char> key(Duration wait) override {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, static_cast<int>(wait.count()));
    if (ready > 0 && (input.revents & POLLIN) == 0) return 'q';
    // Asked even when nothing came, for it is what notices a new size.
    const int key = wgetch(stdscr);
    if (key == ERR && ready > 0) return 'q';
    if (key < 0x20 || key > 0x7e) return std::nullopt;
    return static_cast<char>(key);
  }

 private:
  SCREEN* screen_;
  bool colour_;
};

}  // namespace

std::function<std::unique_ptr<LiveScreen>()> screen_of_terminal(bool colour) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) return {};
  return [colour]() -> std::unique_ptr<LiveScreen> {
    // initscr() would end the process where the terminal is not known.
    auto* const screen = newterm(nullptr, stdout, stdin);
    return screen ? std::make_unique<TerminalScreen>(screen, colour) : nullptr;
  };
}

}  // namespace gatepost
