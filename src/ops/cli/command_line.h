// The words of a command line as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gatepost {

// A session as `judge` has it in its options. What was not given is unknown.
struct DescribedClient {
  std::string address;
  std::optional<std::string> rdns;  // empty: it has no name
  std::optional<std::string> confirmed;
  std::optional<std::string> helo;
  std::optional<std::string> from;
  std::vector<std::string> to;
};

// What `review` does without asking, each to addresses of the inbox.
struct ReviewedAddresses {
  std::vector<std::string> release;
  std::vector<std::string> except;
  std::vector<std::string> keep;

  bool empty() const { return release.empty() && except.empty() && keep.empty(); }
};

// What `mine` reads, and what it makes of it.
struct MineArguments {
  std::vector<std::string> logs;
  bool apply = false;
  std::string forget;  // a source
  std::string events;  // files
  std::string sessions;
  std::string html;
  bool what_if = false;
  unsigned threads = 0;  // 0: one for each core
};

// What `replay` reads, and how.
struct ReplayArguments {
  std::vector<std::string> sessions;
  std::string against;  // another file of settings
  std::string feedback = "passed";
  double warm_up = 0;  // share of the sessions
  std::optional<double> filter_catch;
  std::optional<double> filter_error;
  std::string filter_delay;
  bool history = false;
  std::string html;  // files
  std::string sessions_out;
};

// What `tune` weighs, and how.
struct TuneArguments {
  std::vector<std::string> sessions;
  double cost_deferred = 10;  // in spam that gets in
  double cost_lost = 1000;
  unsigned rounds = 3;
  unsigned threads = 0;  // 0: one for each core
};

// Which world `simulate` makes.
struct SimulateArguments {
  std::string scenario;
  std::uint64_t seed = 1;
  std::vector<std::string> set;     // "key=value"
  std::vector<std::string> faults;  // "NAME@AFTER+FOR"
  bool sweep = false;
  bool plain = false;       // without the variants of the scenario
  std::uint64_t seeds = 1;  // with `random`: how many, from `seed` on
  unsigned threads = 0;     // 0: one for each core
  bool list = false;
};

// What `import` makes of a file, which is the subject.
struct ImportArguments {
  std::string format;  // empty: by its looks
  std::string expires = "7d";
  bool keep = false;
  bool dry_run = false;
};

// What `learn` and `unlearn` are said of; the label is `which`.
struct LearnArguments {
  std::vector<std::string> files;
  std::string by;
  bool reports = false;
};

// What `traps` looks at, or changes.
struct TrapArguments {
  std::vector<std::string> sessions;    // suggest: files
  std::string days;                     // suggest
  std::vector<std::string> recipients;  // add, remove
};

// Options that were not given are empty. They go to the control API as they are, which alone says
// what they may hold.
struct CommandLine {
  std::string verb;  // "except add" for a verb of two words
  std::string config = "/etc/gatepost/gatepost.toml";
  bool config_given = false;
  std::string control;
  bool json = false;
  bool help = false;  // asked for with --help

  bool trial = false;    // run
  bool all = false;      // status
  bool once = false;     // top
  std::string subject;   // address, network, verdict's id, file, verb to be explained
  std::string which;     // list: of which state; learn: the label
  std::string duration;  // ban --for
  bool force = false;    // ban, import, traps add
  std::string reason;
  std::string sort;
  std::string limit;
  std::string since;
  std::string after;
  std::string address;  // journal, learn
  std::string source;   // learn, import
  std::string recipient;
  std::string format = "json";  // export
  bool follow = false;
  std::vector<std::string> command;  // wrap
  ReviewedAddresses reviewed;
  DescribedClient described;  // judge, in place of a subject
  MineArguments mine;
  ReplayArguments replay;
  SimulateArguments simulate;
  TuneArguments tune;
  ImportArguments imported;
  LearnArguments learnt;
  TrapArguments traps;
};

// Error: what is wrong with the usage.
Result<CommandLine> parse_command_line(std::vector<std::string> arguments);

}  // namespace gatepost
