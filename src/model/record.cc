// Implements model/record.h.
#include "model/record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "model/mined_sentence.h"

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

void subtract(std::uint32_t& counter, std::uint32_t count) { counter -= std::min(counter, count); }

void lessen(Repute& repute, std::uint32_t Repute::*part, const Observation& observation) {
  constexpr std::uint32_t kRounding = 2;  // thousandths, that fading twice differs from once
  if (observation.half_life <= Duration::zero()) return;
  repute = faded(repute, observation.half_life, to_the_second(observation.at));
  subtract(repute.*part, weight_at(repute.as_of, observation));
  if (repute.*part <= kRounding) repute.*part = 0;
  if (part == &Repute::ham) repute.praised_by &= ~observation.praised_by;
  if (repute.ham == 0 && repute.spam == 0 && repute.praised_by == 0) repute = {};
}

void move_back(WallTime& time, WallTime moved_to, WallTime before) {
  if (time == moved_to && before != kNever) time = before;
}

auto slot_of(const Observation& sentenced) {
  return sentenced.observed ? &Record::observed_sentence : &Record::sentence;
}

// Who was released since is so from the one before, too.
void take_back_sentence(Record& record, const Record& before, const Observation& observation) {
  auto& given = record.*slot_of(observation);  // released since it is still that one
  const auto& taken = observation.sentence;
  if (given.verdict_id != taken.verdict_id || given.from != taken.from) return;
  const bool released = record.released >= to_the_second(taken.from);
  given = before.*slot_of(observation);
  if (released && given.given())
    given.until = std::min(given.until, std::max(given.from, record.released));
}

// What was known when it was observed, without a sentence that itself was mined: whether that one
// still counts, or was taken back first, nothing here tells, and nobody is to be jailed by chance.
Record before_of(const Observation& observation) {
  if (!observation.before) return {};
  auto before = *observation.before;
  if (observation.taken != ObservationKind::sentenced) return before;
  auto& sentence = before.*slot_of(observation);
  if (!sentence.verdict_id.starts_with(kMinedVerdict)) return before;
  sentence = {};
  if (before.note.starts_with(kMinedFrom) && before.note != observation.note) before.note.clear();
  return before;
}

void take_back_counts(Record& record, const Record& before, const Observation& observation) {
  const auto at = to_the_second(observation.at);
  switch (observation.taken) {
    case ObservationKind::passed:
      subtract(record.passed, observation.count);
      move_back(record.first_passed, at, before.first_passed);
      move_back(record.last_passed, at, before.last_passed);
      if (record.passed == 0) record.first_passed = record.last_passed = kNever;
      break;
    case ObservationKind::ham:
      subtract(record.ham, observation.count);
      lessen(record.repute, &Repute::ham, observation);
      break;
    case ObservationKind::spam:
    case ObservationKind::missed_spam:
      subtract(observation.taken == ObservationKind::spam ? record.spam : record.missed_spam,
               observation.count);
      lessen(record.repute, &Repute::spam, observation);
      move_back(record.last_spam, at, before.last_spam);
      if (record.spam == 0 && record.missed_spam == 0) record.last_spam = kNever;
      break;
    case ObservationKind::trap:
      lessen(record.repute, &Repute::spam, observation);
      break;
    case ObservationKind::sentenced:
      take_back_sentence(record, before, observation);
      break;
    case ObservationKind::review:
    case ObservationKind::vouched:
      if (record.spared == at) record.spared = before.spared;
      break;
    default:  // seen has no more than times; the others cannot be taken back
      break;
  }
}

bool has_only_times(Record record, WallTime at) {
  if (record.first_seen != at || record.last_seen != at) return false;
  record.first_seen = record.last_seen = kNever;
  return record == Record{};
}

void take_back(Record& record, const Observation& observation) {
  if (!record.known() || observation.taken == ObservationKind::taken_back) return;
  const auto before = before_of(observation);
  auto done = observation;
  done.kind = observation.taken;
  auto after = before;
  apply(after, done);
  if (observation.before && record == after) {
    record = before;
    return;
  }
  const auto at = to_the_second(observation.at);
  if (record.first_seen > at) return;  // it was forgotten with all else, and begun anew
  take_back_counts(record, before, observation);
  move_back(record.first_seen, at, before.first_seen);
  move_back(record.last_seen, at, before.last_seen);
  if (!observation.note.empty() && record.note == observation.note) record.note = before.note;
  if (observation.before && !before.known() && has_only_times(record, at)) record = {};
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
    case ObservationKind::taken_back:
      return "taken_back";
    case ObservationKind::written_to:
      return "written_to";
    case ObservationKind::vouched:
      return "vouched";
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

Observation taking_back(const Observation& observation, const Record& before) {
  auto taking = observation;
  taking.kind = ObservationKind::taken_back;
  taking.taken = observation.kind;
  taking.before = std::make_shared<const Record>(before);
  auto after = before;
  apply(after, observation);
  // Praise that was no news added nothing.
  if (observation.kind == ObservationKind::ham && after.repute == before.repute)
    taking.half_life = Duration::zero();
  return taking;
}

void apply(Record& record, const Observation& observation) {
  if (observation.kind == ObservationKind::taken_back) return take_back(record, observation);
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
    case ObservationKind::written_to:
      record.written_to = std::max(record.written_to, at);
      break;
    case ObservationKind::review:
    case ObservationKind::vouched:
      if (observation.kind == ObservationKind::review) start_tallies_anew(record);
      record.spared = std::max(record.spared, at);
      break;
    case ObservationKind::reviewed:
      record.reviewed = std::max(record.reviewed, at);
      break;
    case ObservationKind::on_trial:
      record.last_trial = std::max(record.last_trial, observation.at);
      break;
    default:  // what leaves no mark but its time
      break;
  }
}

}  // namespace gatepost
