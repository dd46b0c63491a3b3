// What is remembered of one client, and the observations of which it is the fold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/address.h"
#include "model/finding.h"
#include "model/instant.h"

namespace gatepost {

// One stay in jail, the current or the last one.
struct Sentence {
  WallTime from = kNever;
  WallTime until = kNever;            // when it ended, once released early
  Duration length{};                  // as it was given
  std::uint32_t strikes = 0;          // which stay it is: 1 for the first
  std::uint8_t evidence_classes = 0;  // that backed it, 1 or more
  CheckName reason{};
  std::string verdict_id;

  bool given() const { return strikes > 0; }
  bool serving(WallTime now) const { return given() && from <= now && now < until; }
  bool operator==(const Sentence&) const = default;
};

// Failures among tries since a moment; starts anew when older than its window.
struct Tally {
  WallTime since = kNever;
  std::uint32_t failed = 0;
  std::uint32_t tried = 0;
  bool operator==(const Tally&) const = default;
};

// Counters stop at their maximum instead of turning over.
struct Record {
  std::uint32_t ham = 0;
  std::uint32_t spam = 0;
  std::uint32_t missed_spam = 0;
  std::uint32_t passed = 0;  // messages delivered, labelled or not
  WallTime first_seen = kNever;
  WallTime last_seen = kNever;
  WallTime first_passed = kNever;  // first and last delivered message
  WallTime last_passed = kNever;
  WallTime last_spam = kNever;
  WallTime released = kNever;  // last release by hand
  Tally errors;
  Tally unknown_users;
  Tally passwords;
  Sentence sentence;           // binds
  Sentence observed_sentence;  // given in mode observe; never binds
  std::string note;            // last remark of an operator or a review, at most 200 bytes

  bool known() const { return first_seen != kNever; }
  bool operator==(const Record&) const = default;
};

// Stable numbers: they are stored.
enum class ObservationKind : std::uint8_t {
  seen = 1,       // a session ended
  passed,         // the backend accepted a message
  ham,            // a message was labelled ham
  spam,           // a message was labelled spam
  missed_spam,    // a delivered message was reported as spam
  pregreet,       // spoke before the greeting
  trap,           // wrote to a trap
  restricted,     // wrote to an address that was given to somebody else
  errors,         // count failures of tried commands, within window
  unknown_users,  // count unknown of tried recipients, within window
  sentenced,      // the sentence begins
  released,       // let out by hand; tallies start anew
  review,         // spared for its good record; an operator should look
  passwords,      // count wrong of tried passwords, within window
};
std::string_view to_string(ObservationKind kind);

// One fact worth remembering, of one client at one time.
struct Observation {
  ObservationKind kind{};
  ClientKey client;
  WallTime at;
  std::uint32_t count = 1;  // errors, unknown_users, passwords: failures
  std::uint32_t tried = 0;  // the same: tries, the failures among them
  Duration window{};        // the same: how long the tally runs
  Sentence sentence{};      // sentenced
  bool observed = false;    // sentenced: in mode observe
  std::string note{};       // released, review: remark
};

// The fold: pure, total, and the only place that changes a record. An observation older than the
// record's last one is counted all the same.
void apply(Record& record, const Observation& observation);

}  // namespace gatepost
