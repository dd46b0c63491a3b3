// Implements ops/cli/terminal_key.h.
#include "ops/cli/terminal_key.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>

namespace gatepost {
namespace {

constexpr std::array kSignals{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
constexpr char kEndOfText = 3;          // Ctrl-C
constexpr char kEndOfTransmission = 4;  // Ctrl-D

volatile std::sig_atomic_t caught_signal = 0;

void catch_signal(int signal) { caught_signal = signal; }

// While it lives these signals do nothing but end a wait in await_input().
class SignalsHeld {
 public:
  SignalsHeld() {
    caught_signal = 0;
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : kSignals) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &mask_);
    struct sigaction action {};
    action.sa_handler = catch_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &actions_[i]);
      // Who told us to ignore it (nohup) is obeyed.
      if (actions_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~SignalsHeld() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &actions_[i], nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

  // Until there is something to read; false where a signal came instead.
  bool await_input() const {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ppoll(&input, 1, nullptr, &mask_) >= 0 || errno != EINTR;
  }

 private:
  sigset_t mask_{};
  std::array<struct sigaction, kSignals.size()> actions_{};
};

// While it lives keys come singly, are not shown, and none of them is a signal.
class SingleKeys {
 public:
  SingleKeys() : known_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!known_) return;
    auto single = before_;
    single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    single.c_cc[VMIN] = 1;
    single.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &single);
  }
  ~SingleKeys() {
    if (known_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  SingleKeys(const SingleKeys&) = delete;
  SingleKeys& operator=(const SingleKeys&) = delete;

 private:
  termios before_{};
  bool known_;
};

std::optional<char> read_key() {
  char key = 0;
  if (read(STDIN_FILENO, &key, 1) != 1 || key == kEndOfText || key == kEndOfTransmission)
    return std::nullopt;
  return key;
}

std::optional<char> ask_key(std::string_view prompt) {
  for (;;) {
    {
      const SignalsHeld signals;
      const SingleKeys keys;
      // Not before the terminal is ready for the answer.
      std::cout << prompt << std::flush;
      if (signals.await_input()) {
        const auto key = read_key();
        std::cout << '\n';
        return key;
      }
    }
    // With the terminal as it was; who lives on is asked again.
    std::cout << std::endl;
    raise(caught_signal);
  }
}

}  // namespace

AskKey key_of_terminal() {
  if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) return ask_key;
  return {};
}

}  // namespace gatepost
