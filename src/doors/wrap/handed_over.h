// What inetd or systemd hands over with the process, and how it goes on to the mail server.
#pragma once

#include <signal.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/address.h"

namespace gatepost {

// Makes standard input, output and error be open, so that no file of ours takes their place, and
// takes the socket of a service with Accept=yes that has it as descriptor 3 (sd_listen_fds(3)). To
// be called before anything is opened.
void take_standard_streams();

struct Caller {
  enum class Kind { client, gone, none };  // none: no socket, or not of a network
  Kind kind = Kind::none;
  Endpoint endpoint;  // of a client; IPv4 where it came by that
};
Caller caller_at(int descriptor);

// Whether both are the same open socket, pipe or file.
bool is_same(int one, int other);

// The connection is let go of, though the process goes on: nowhere takes its place.
void let_go_of_streams();

// How signals were handled when this was made.
class InheritedSignals {
 public:
  InheritedSignals();
  void ignore_broken_pipes() const;  // and files that may not grow: errors like any other
  void restore() const;              // in a handler of signals, too

 private:
  static constexpr std::array kChanged{SIGPIPE, SIGXFSZ, SIGALRM, SIGSEGV,
                                       SIGBUS,  SIGABRT, SIGILL,  SIGFPE};
  sigset_t blocked_{};
  std::array<struct sigaction, kChanged.size()> actions_{};
};

// What the process is to become.
class Program {
 public:
  // `command` is its argv, not empty; it is looked for in PATH where its name has no slash.
  explicit Program(std::vector<std::string> command);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const std::string& name() const { return command_.front(); }

  // The same process, with its standard streams blocking and nothing else open. Returns, with
  // errno, only where it cannot be. In a handler of signals, too: nothing is allocated.
  int take_over(const InheritedSignals& signals) const;

 private:
  std::vector<std::string> command_;
  std::vector<char*> arguments_;
};

}  // namespace gatepost
