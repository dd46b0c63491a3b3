// What only the running gate knows of itself, and `status` as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gate/breaker.h"
#include "gate/dnsbl_watch.h"
#include "gate/ports/enforcer.h"
#include "gate/ports/ledger.h"
#include "gate/ports/resolver.h"
#include "gate/settings.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

struct DoorStatus {
  // Of a door inside a mail server.
  struct Mta {
    std::uint64_t connections = 0;  // now
    std::uint64_t accepted = 0;     // connections since the start
    std::uint64_t refused = 0;      // likewise: not in `from`, or one too many
    std::uint64_t clients = 0;      // that it was told of since the start
  };
  std::string door;                 // "smtp", "milter", "policy"
  std::vector<std::string> listen;  // "0.0.0.0:25", "unix:/run/gatepost/milter.sock"
  std::string backend;              // as in the settings
  bool well = true;
  std::string trouble;  // what is wrong and what to do, where not well
  bool tls = false;     // clients may or must have it
  std::optional<Mta> mta = {};
};

// One log that is followed, since the start.
struct LogStatus {
  std::string log;
  std::uint64_t lines = 0;     // read
  std::uint64_t events = 0;    // that told of a client
  std::uint64_t too_old = 0;   // of those: older than max_age
  std::uint64_t too_long = 0;  // lines that were left out
  std::uint64_t rotations = 0;
  std::uint64_t behind = 0;  // bytes that are there and not read yet
  std::string trouble;       // what is wrong and what to do; empty: nothing
};

// What was heard of mail, since the start.
struct LearnStatus {
  std::uint64_t heard = 0;    // words about messages, by anybody
  std::uint64_t counted = 0;  // of those that changed what is known of a client
  std::uint64_t ham = 0;      // of the counted
  std::uint64_t spam = 0;
  std::uint64_t taken_back = 0;
  std::uint64_t judged = 0;    // words of filters in logs
  std::uint64_t unjoined = 0;  // of those, of messages that nobody told of
  std::uint64_t sent = 0;      // messages that our users sent elsewhere, by the logs
};

// Those that are watched, since the start.
struct MaildirStatus {
  std::uint64_t watched = 0;
  std::uint64_t mail = 0;  // in their junk folders
  std::uint64_t spam = 0;  // told by what users moved
  std::uint64_t ham = 0;
  std::uint64_t unknown = 0;  // moved, but it cannot be known who sent it
  std::string trouble;        // what is wrong; empty: nothing
};

struct GateStatus {
  WallTime started;
  std::uint64_t sessions_now = 0;  // those that still wait for their greeting among them
  std::uint64_t waiting_now = 0;
  std::uint64_t jailed_now = 0;  // as of the last minute
  double cpu_seconds = 0;        // since the start, of the process
  // Newcomers who were sent away at connect, since the start.
  struct Refused {
    std::uint64_t jailed = 0;
    std::uint64_t full = 0;          // all places were taken
    std::uint64_t of_address = 0;    // limits.sessions_per_address
    std::uint64_t of_network = 0;    // places were short
    std::uint64_t proxy_header = 0;  // none, or one not believed
  } refused;
  bool places_short = false;
  std::vector<DoorStatus> doors;
  std::vector<LogStatus> logs;
  LearnStatus learn;
  std::optional<MaildirStatus> maildirs = {};  // nothing where the settings name none
  GateCounts counts;
  ResolverReport dns;
  std::vector<DnsblListStatus> dnsbl;  // in the order of the settings
  BreakerStatus breaker;
  std::vector<EnforcerReport> enforcers;
  struct Held {
    int landlock = 0;  // its version; 0: files are as the user's rights have them
    bool calls = false;
    std::string trouble;  // what is missing, and why; empty: all holds
  };
  std::optional<Held> sandbox = {};
  // Of the ledger on disk, and its backups.
  struct Safety {
    std::string loss;    // what the start set aside as damaged, and what is lost; empty: nothing
    std::string backup;  // the newest daily one; empty: there is none
    WallTime backup_made = kNever;
    std::string backup_trouble;  // why none can be made; empty: nothing is wrong
  } safety;
};

// `gate` is nothing where none runs. `well` is true where a gate runs, its ledger and doors are
// well and no alarm came within the last ten minutes; `advice` says what to look at, a sentence
// each.
boost::json::object status_json(const Settings& settings, const LedgerHealth& ledger,
                                const std::optional<GateStatus>& gate, WallTime now);

}  // namespace gatepost
