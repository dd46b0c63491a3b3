// What is remembered of one client, and the observations of which it is the fold.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "model/address.h"
#include "model/finding.h"
#include "model/instant.h"
#include "model/record_key.h"

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

// What was said for and against its mail, and fades: half of it is forgotten in each half-life.
// In thousandths of a message or, of what clients have in common, of a client.
struct Repute {
  WallTime as_of = kNever;
  std::uint32_t ham = 0;
  std::uint32_t spam = 0;
  // The recipients whose ham is in it, a bit for each 64th of them: praise from one counts once.
  std::uint64_t praised_by = 0;
  bool operator==(const Repute&) const = default;
};

// What is left of it at `now`.
Repute faded(const Repute& repute, Duration half_life, WallTime now);

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
  WallTime released = kNever;    // last release by hand
  WallTime written_to = kNever;  // a user of ours wrote to it: to this host, or this organisation
  Tally errors;
  Tally unknown_users;
  Tally passwords;
  Tally connections;  // here and below: `failed` counts
  Tally messages;
  Tally recipients;
  Repute repute;
  WallTime spared = kNever;      // would have been jailed, and was not: an operator should look
  WallTime reviewed = kNever;    // an operator did look, and left it as it is
  WallTime last_trial = kNever;  // a message of it was let in on trial
  Sentence sentence;             // binds
  Sentence observed_sentence;    // given in mode observe; never binds
  std::string note;              // last remark of an operator or a review, at most 200 bytes

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
  recipients,     // count were named, within window
  begun_anew,     // all that was known is void
  reviewed,       // an operator looked, and left it as it is
  on_trial,       // blocked, and a message is let in all the same
  rested,         // what was active before `at`, and `sentence`, are over
  taken_back,     // what was observed at `at` counts no more
  written_to,     // one of our users wrote to this host, or to this organisation
  vouched,        // a person says that its mail is good; an operator should look
};
std::string_view to_string(ObservationKind kind);

// One fact worth remembering, of one client (or what several have in common) at one time.
struct Observation {
  ObservationKind kind{};
  RecordKey of;
  WallTime at;
  std::uint32_t count = 1;  // errors, unknown_users, passwords: failures
  std::uint32_t tried = 0;  // the same: tries, the failures among them
  Duration window{};     // the same, seen, passed, recipients: how long the tally runs, if at all
  Duration half_life{};  // ham, spam, missed_spam, trap: of the repute, if that is to change
  std::uint32_t weight = 1000;             // the same: thousandths of repute
  std::uint64_t praised_by = 0;            // ham: the bit of its recipient
  Sentence sentence{};                     // sentenced; rested: no other one is over
  bool observed = false;                   // sentenced: in mode observe
  std::string note{};                      // released, review, vouched, sentenced: remark
  ObservationKind taken{};                 // taken_back: what that was; the rest as it was observed
  std::shared_ptr<const Record> before{};  // taken_back: the record then, without it
};

// The fold: pure, total, and the only place that changes a record. An observation older than the
// record's last one is counted all the same. What is for ever is stamped to the second, what is
// soon over (tallies, sentences, trials) to the millisecond.
void apply(Record& record, const Observation& observation);

// Takes back `observation`, which was folded into `before`. While nothing else was learnt the
// record becomes what it was, unknown if it was; else counts and repute are less by what it added,
// never below zero, times are moved back where nothing later moved them, a sentence is over where
// it is that one. Of seen, passed, ham, spam, missed_spam, trap, sentenced, review, vouched;
// tallies stay.
Observation taking_back(const Observation& observation, const Record& before);

// The part of a record that is over some day; the rest is its history.
bool is_active(const Record& record);
// That what was active of it before `since` is over, and its sentence as it is now.
Observation rested(const RecordKey& key, const Record& record, WallTime since);

}  // namespace gatepost
