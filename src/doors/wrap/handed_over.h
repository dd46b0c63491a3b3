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

// How signals were handled when this was made.
class InheritedSignals {
 public:
  InheritedSignals();
  void ignore_broken_pipes() const;  // and files that may not grow: errors like any other
  void restore() const;

 private:
  static constexpr std::array kChanged{SIGPIPE, SIGXFSZ};
  sigset_t blocked_{};
  std::array<struct sigaction, kChanged.size()> actions_{};
};

// Becomes the program, the same process, with its standard streams blocking and nothing else open.
// `command` is its argv; the program is looked for in PATH where its name has no slash. Returns
// only with why it could not be.
Error become(const std::vector<std::string>& command, const InheritedSignals& signals);

}  // namespace gatepost
