// The port through which a session tells what was decided and how it went: log line, journal row,
// verdict row.
#pragma once

#include <string_view>

#include "model/finding.h"
#include "model/record.h"
#include "model/session_facts.h"

namespace gatepost {

// What is timed for statistics alone.
enum class Timed {
  decision,  // all that follows from one recipient until we know what to answer
  backend,   // from a command to the mail server to its reply
};

// Called on the session's thread; must not wait.
class Recorder {
 public:
  virtual ~Recorder() = default;

  // A verdict that is not a plain accept, once for each id. `observed` verdicts too.
  virtual void decided(const Verdict& verdict, const SessionFacts& facts, WallTime now) = 0;

  // A client was sentenced (also in mode observe: `verdict.observed`).
  virtual void sentenced(const Sentence& sentence, const Verdict& verdict,
                         const SessionFacts& facts, WallTime now) = 0;

  // A session ended, also one that never came further than the greet wait.
  virtual void ended(const SessionSummary& summary) = 0;

  // Something that an administrator must look at: "backend-unreachable", "proxy-refused", … with
  // words.
  virtual void alarm(std::string_view word, std::string_view text, WallTime now) = 0;

  // It took so many seconds. Who keeps no statistics need not listen.
  virtual void took(Timed, double) {}
};

}  // namespace gatepost
