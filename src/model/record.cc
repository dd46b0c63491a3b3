// Implements model/record.h.
#include "model/record.h"

#include <algorithm>
#include <limits>

namespace gatepost {
namespace {

constexpr std::size_t kNoteLengthMax = 200;

void add(std::uint32_t& counter, std::uint32_t count) {
  counter += std::min(count, std::numeric_limits<std::uint32_t>::max() - counter);
}

void add(Tally& tally, const Observation& observation) {
  // A distance either way, for the calendar may have been set back.
  const auto age = std::chrono::abs(observation.at - tally.since);
  const bool over = tally.since == kNever || age >= observation.window;
  if (over) tally = Tally{observation.at, 0, 0};
  add(tally.failed, observation.count);
  add(tally.tried, observation.tried);
}

void start_tallies_anew(Record& record) {
  record.errors = {};
  record.unknown_users = {};
  record.passwords = {};
}

void release(Record& record, WallTime at) {
  record.released = std::max(record.released, at);
  if (record.sentence.serving(at)) record.sentence.until = at;
  if (record.observed_sentence.serving(at)) record.observed_sentence.until = at;
  start_tallies_anew(record);
}

}  // namespace

std::string_view to_string(ObservationKind kind) {
  switch (kind) {
    case ObservationKind::seen:
      return "seen";
    case ObservationKind::passed:
      return "passed";
    case ObservationKind::ham:
      return "ham";
    case ObservationKind::spam:
      return "spam";
    case ObservationKind::missed_spam:
      return "missed_spam";
    case ObservationKind::pregreet:
      return "pregreet";
    case ObservationKind::trap:
      return "trap";
    case ObservationKind::restricted:
      return "restricted";
    case ObservationKind::errors:
      return "errors";
    case ObservationKind::unknown_users:
      return "unknown_users";
    case ObservationKind::sentenced:
      return "sentenced";
    case ObservationKind::released:
      return "released";
    case ObservationKind::review:
      return "review";
    case ObservationKind::passwords:
      return "passwords";
  }
  return "unknown";
}

void apply(Record& record, const Observation& observation) {
  const auto at = observation.at;
  if (!record.known() || at < record.first_seen) record.first_seen = at;
  record.last_seen = std::max(record.last_seen, at);
  if (!observation.note.empty()) record.note = observation.note.substr(0, kNoteLengthMax);

  switch (observation.kind) {
    case ObservationKind::passed:
      add(record.passed, observation.count);
      if (record.first_passed == kNever || at < record.first_passed) record.first_passed = at;
      record.last_passed = std::max(record.last_passed, at);
      break;
    case ObservationKind::ham:
      add(record.ham, observation.count);
      break;
    case ObservationKind::spam:
      add(record.spam, observation.count);
      record.last_spam = std::max(record.last_spam, at);
      break;
    case ObservationKind::missed_spam:
      add(record.missed_spam, observation.count);
      record.last_spam = std::max(record.last_spam, at);
      break;
    case ObservationKind::errors:
      add(record.errors, observation);
      break;
    case ObservationKind::unknown_users:
      add(record.unknown_users, observation);
      break;
    case ObservationKind::passwords:
      add(record.passwords, observation);
      break;
    case ObservationKind::sentenced:
      (observation.observed ? record.observed_sentence : record.sentence) = observation.sentence;
      start_tallies_anew(record);  // what it is punished for is not counted twice
      break;
    case ObservationKind::released:
      release(record, at);
      break;
    case ObservationKind::seen:
    case ObservationKind::pregreet:
    case ObservationKind::trap:
    case ObservationKind::restricted:
      break;
    case ObservationKind::review:
      start_tallies_anew(record);
      break;
  }
}

}  // namespace gatepost
