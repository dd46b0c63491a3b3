// The command line: gatepost VERB …
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "settings/read_settings.h"

namespace gatepost {

class LiveScreen;

// Exit status of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitNo = 1;      // the answer is no: not found, not valid, would be refused
inline constexpr int kExitUsage = 2;   // wrong usage or unusable configuration
inline constexpr int kExitFailed = 3;  // failed on the way

struct RunOptions {
  std::string config;         // the file
  bool config_given = false;  // said by the user, not the default
  bool trial = false;
  std::string control;  // --control; empty where not given
};

struct WrapOptions {
  std::string config;
  std::vector<std::string> command;  // the mail server's, its program first
};

struct RestoredLedger {
  LedgerCopy copy;
  std::string before;  // where the ledger of until then lies now; empty: there was none
};

// What the command line needs of the rest of the program.
struct CliHooks {
  // The verb `run`: returns the exit status.
  std::function<int(const RunOptions&)> run;
  // Settings of a file as they count on this host, own addresses included. A file that cannot be
  // read is a fault. `needs_door` as in SettingsContext.
  std::function<SettingsRead(const std::string& path, bool needs_door)> read_settings;
  // The ledger of a gate that does not run. Error: it cannot be opened, and what to do.
  std::function<Result<std::unique_ptr<Ledger>>(const Settings&)> open_ledger;
  // An empty ledger to work on, on a disk, which is gone with it.
  std::function<Result<std::shared_ptr<Ledger>>()> open_scratch_ledger;
  // An empty one in memory that forgets nobody.
  std::function<std::shared_ptr<Ledger>()> make_memory_ledger;
  // Puts a copy of a file in its place. Error: the file is no ledger, somebody has the present one
  // open, or it fails; nothing is changed then.
  std::function<Result<RestoredLedger>(const Settings&, const std::string& file)> restore_ledger;
  // The verb `wrap`: becomes the mail server, or returns the exit status.
  std::function<int(const WrapOptions&)> wrap;
};

// Shows a prompt and waits for one key; nothing at the end of what is typed.
using AskKey = std::function<std::optional<char>(std::string_view prompt)>;

// Results go to `out`, messages to people to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;
  AskKey ask_key = {};  // empty where nobody sits there
  // Likewise; null where that terminal is none that is known here.
  std::function<std::unique_ptr<LiveScreen>()> open_screen = {};
};

// Runs one command line, without the program's name in front; returns the exit status.
int run_command_line(std::vector<std::string> arguments, const CliHooks& hooks, Console console);

// The same on the process's own streams, in colour where they are a terminal and NO_COLOR is not
// set.
int cli_main(int argc, char** argv, const CliHooks& hooks);

}  // namespace gatepost
