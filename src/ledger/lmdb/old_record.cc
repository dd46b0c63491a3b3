// Implements ledger/lmdb/old_record.h.
#include "ledger/lmdb/old_record.h"

#include <cstdint>

#include "base/bytes.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 2;
constexpr std::uint8_t kLayoutOfSixteenFields = 1;

// The order of the fields is the format: a field's place is its bit, of 32. Layout 1 has a map of
// sixteen, and so the first sixteen fields.
template <typename AnyRecord, typename Visitor>
void each_field(AnyRecord& record, Visitor& visit) {
  visit(record.ham);
  visit(record.spam);
  visit(record.missed_spam);
  visit(record.passed);
  visit(record.first_seen);
  visit(record.last_seen);
  visit(record.first_passed);
  visit(record.last_passed);
  visit(record.last_spam);
  visit(record.released);
  visit(record.errors);
  visit(record.unknown_users);
  visit(record.sentence);
  visit(record.observed_sentence);
  visit(record.note);
  visit(record.passwords);
  visit(record.connections);
  visit(record.messages);
  visit(record.recipients);
  visit(record.repute);
  visit(record.spared);
  visit(record.reviewed);
  visit(record.last_trial);
}

void read(ByteReader& in, std::uint32_t& number) { number = in.integer<std::uint32_t>(); }
void read(ByteReader& in, WallTime& time) { time = wall_time(in.integer<std::int64_t>()); }
void read(ByteReader& in, std::string& text) { text = in.text(); }
void read(ByteReader& in, Tally& tally) {
  read(in, tally.since);
  read(in, tally.failed);
  read(in, tally.tried);
}
void read(ByteReader& in, Repute& repute) {
  read(in, repute.as_of);
  read(in, repute.ham);
  read(in, repute.spam);
  repute.praised_by = in.integer<std::uint64_t>();
}
void read(ByteReader& in, Sentence& sentence) {
  read(in, sentence.from);
  read(in, sentence.until);
  sentence.length = Duration(in.integer<std::int64_t>());
  read(in, sentence.strikes);
  sentence.evidence_classes = in.integer<std::uint8_t>();
  sentence.reason = static_cast<CheckName>(in.integer<std::uint8_t>());
  read(in, sentence.verdict_id);
}

// False where no calendar has such a time: the same bound as that of the present layout.
bool is_a_time(WallTime time) {
  constexpr auto kMost = std::chrono::seconds((std::int64_t{1} << 60) / 1'000);
  return time.time_since_epoch() <= kMost && time.time_since_epoch() >= -kMost;
}

bool to_the_second(WallTime& time) {
  const bool is = is_a_time(time);
  if (is) time = std::chrono::floor<std::chrono::seconds>(time);
  return is;
}

// The times of what is active, which stay as they are.
bool has_active_times(const Record& record) {
  bool well = is_a_time(record.last_trial);
  for (const auto tally : {&Record::errors, &Record::unknown_users, &Record::passwords,
                           &Record::connections, &Record::messages, &Record::recipients})
    well &= is_a_time((record.*tally).since);
  for (const auto sentence : {&Record::sentence, &Record::observed_sentence})
    well &= is_a_time((record.*sentence).from) && is_a_time((record.*sentence).until);
  return well;
}

struct FieldReader {
  ByteReader& in;
  std::uint32_t present;

  template <typename Field>
  void operator()(Field& field) {
    if ((present & 1) != 0) read(in, field);
    present >>= 1;
  }
};

}  // namespace

std::optional<Record> decode_old_record(std::string_view bytes) {
  ByteReader in(bytes);
  const auto layout = in.integer<std::uint8_t>();
  if (layout != kLayout && layout != kLayoutOfSixteenFields) return std::nullopt;
  FieldReader read_field{
      in, layout == kLayout ? in.integer<std::uint32_t>() : in.integer<std::uint16_t>()};
  std::optional<Record> record(std::in_place);
  each_field(*record, read_field);
  if (in.failed() || !in.at_end() || read_field.present != 0) return std::nullopt;
  for (auto time :
       {&Record::first_seen, &Record::last_seen, &Record::first_passed, &Record::last_passed,
        &Record::last_spam, &Record::released, &Record::spared, &Record::reviewed}) {
    if (!to_the_second((*record).*time)) return std::nullopt;
  }
  if (!to_the_second(record->repute.as_of) || !has_active_times(*record)) return std::nullopt;
  return record;
}

}  // namespace gatepost
