// Implements model/record.h.
#include "model/record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace gatepost {
namespace {

constexpr std::size_t kNoteLengthMax = 200;

WallTime to_the_second(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

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

void count(Tally& tally, const Observation& observation) {
  if (observation.window > Duration::zero()) add(tally, observation);
}

std::uint32_t fade(std::uint32_t amount, Duration age, Duration half_life) {
  const double half_lives =
      static_cast<double>(age.count()) / static_cast<double>(half_life.count());
  return static_cast<std::uint32_t>(std::llround(amount * std::exp2(-half_lives)));
}

// What is older than what is known has faded by its own age.
std::uint32_t weight_at(WallTime as_of, const Observation& observation) {
  if (observation.at >= as_of) return observation.weight;
  return fade(observation.weight, as_of - observation.at, observation.half_life);
}

void add_praise(Repute& repute, const Observation& observation) {
  if (observation.half_life <= Duration::zero()) return;
  const auto left = faded(repute, observation.half_life, to_the_second(observation.at));
  // Once half of what was said is forgotten, who said it may say it again.
  const auto said = static_cast<std::uint32_t>(std::popcount(left.praised_by)) * 1000u;
  const auto voices = left.ham * std::uint64_t{2} < said ? 0 : left.praised_by;
  // Nothing is new, and fading in small steps would round away what is to fade.
  if ((observation.praised_by & voices) != 0) return;
  repute = left;
  repute.praised_by = voices;
  repute.praised_by |= observation.praised_by;
  add(repute.ham, weight_at(repute.as_of, observation));
}

void add_blame(Repute& repute, const Observation& observation) {
  if (observation.half_life <= Duration::zero()) return;
  repute = faded(repute, observation.half_life, to_the_second(observation.at));
  add(repute.spam, weight_at(repute.as_of, observation));
}

void start_tallies_anew(Record& record) {
  record.errors = {};
  record.unknown_users = {};
  record.passwords = {};
}

constexpr std::array kTallies{&Record::connections, &Record::messages,      &Record::recipients,
                              &Record::errors,      &Record::unknown_users, &Record::passwords};

void rest(Record& record, const Observation& observation) {
  for (const auto tally : kTallies) {
    if ((record.*tally).since < observation.at) record.*tally = {};
  }
  if (record.last_trial < observation.at) record.last_trial = kNever;
  if (record.observed_sentence.until < observation.at) record.observed_sentence = {};
  if (record.sentence == observation.sentence) record.sentence = {};
}

void release(Record& record, WallTime at) {
  record.released = std::max(record.released, to_the_second(at));
  if (record.sentence.serving(at)) record.sentence.until = at;
  if (record.observed_sentence.serving(at)) record.observed_sentence.until = at;
  start_tallies_anew(record);
}

}  // namespace

Repute faded(const Repute& repute, Duration half_life, WallTime now) {
  if (now <= repute.as_of) return repute;
  auto left = repute;
  left.as_of = now;
  if (repute.ham > 0) left.ham = fade(repute.ham, now - repute.as_of, half_life);
  if (repute.spam > 0) left.spam = fade(repute.spam, now - repute.as_of, half_life);
  return left;
}

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
    case ObservationKind::recipients:
      return "recipients";
    case ObservationKind::begun_anew:
      return "begun_anew";
    case ObservationKind::reviewed:
      return "reviewed";
    case ObservationKind::on_trial:
      return "on_trial";
    case ObservationKind::rested:
      return "rested";
  }
  return "unknown";
}

bool is_active(const Record& record) {
  return record.last_trial != kNever || record.sentence != Sentence{} ||
         record.observed_sentence != Sentence{} ||
         std::any_of(kTallies.begin(), kTallies.end(),
                     [&](auto tally) { return record.*tally != Tally{}; });
}

Observation rested(const RecordKey& key, const Record& record, WallTime since) {
  Observation observation{ObservationKind::rested, key, since};
  observation.sentence = record.sentence;
  return observation;
}

void apply(Record& record, const Observation& observation) {
  if (observation.kind == ObservationKind::rested) return rest(record, observation);
  const auto at = to_the_second(observation.at);
  if (observation.kind == ObservationKind::begun_anew) record = {};
  if (!record.known() || at < record.first_seen) record.first_seen = at;
  record.last_seen = std::max(record.last_seen, at);
  if (!observation.note.empty()) record.note = observation.note.substr(0, kNoteLengthMax);

  switch (observation.kind) {
    case ObservationKind::passed:
      add(record.passed, observation.count);
      if (record.first_passed == kNever || at < record.first_passed) record.first_passed = at;
      record.last_passed = std::max(record.last_passed, at);
      count(record.messages, observation);
      break;
    case ObservationKind::ham:
      add(record.ham, observation.count);
      add_praise(record.repute, observation);
      break;
    case ObservationKind::spam:
    case ObservationKind::missed_spam:
      add(observation.kind == ObservationKind::spam ? record.spam : record.missed_spam,
          observation.count);
      add_blame(record.repute, observation);
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
      release(record, observation.at);
      break;
    case ObservationKind::seen:
      count(record.connections, observation);
      break;
    case ObservationKind::recipients:
      count(record.recipients, observation);
      break;
    case ObservationKind::trap:
      add_blame(record.repute, observation);
      break;
    case ObservationKind::pregreet:
    case ObservationKind::restricted:
    case ObservationKind::begun_anew:
    case ObservationKind::rested:
      break;
    case ObservationKind::review:
      start_tallies_anew(record);
      record.spared = std::max(record.spared, at);
      break;
    case ObservationKind::reviewed:
      record.reviewed = std::max(record.reviewed, at);
      break;
    case ObservationKind::on_trial:
      record.last_trial = std::max(record.last_trial, observation.at);
      break;
  }
}

}  // namespace gatepost
