// What the gate does with a recorded session when it comes again: the real judge, at any moment.
#pragma once

#include <cstdint>
#include <optional>

#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/recorded_session.h"
#include "gate/settings.h"
#include "model/finding.h"
#include "model/instant.h"
#include "model/session_facts.h"

namespace gatepost {

// How a client came through with its mail.
struct Attempt {
  enum class Answer : std::uint8_t {
    let_in,
    deferred,  // it may come again
    refused,   // for good
  };
  Answer answer = Answer::let_in;  // the best that one of its recipients was told
  Verdict verdict;                 // the severest, with the findings of all
  // Errors of its own until it was first refused anything, or sentenced; nothing: it never was.
  std::optional<std::uint32_t> errors_before;
};

// Whose it is to speak early, to name unknown recipients, to try wrong passwords.
std::uint32_t own_errors(const SessionFacts& facts);

// The session comes to a gate that remembers `ledger`, which learns from it as from any. What is
// not recorded is unknown; of its recipients those that the server did not know are taken to have
// come last. `settings` are in mode enforce. What a record counts is done a thousand times at most.
Attempt attempt(const RecordedSession& session, const Settings& settings, Ledger& ledger,
                Recorder& recorder, WallTime at);

// What each check says of it, also where it would have been refused before that check was asked:
// nothing is learnt, nobody is refused.
Verdict shadow_of(const RecordedSession& session, const Settings& settings, const Ledger& ledger,
                  WallTime at);

}  // namespace gatepost
