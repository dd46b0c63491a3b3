// Implements ledger/lmdb/record_codec.h.
#include "ledger/lmdb/record_codec.h"

#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>

#include "base/bytes.h"
#include "ledger/lmdb/old_record.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 3;  // of both parts in one; of the second alone

// Times lie around this, so that those of a decade take four bytes: 2030-01-01.
constexpr std::int64_t kMiddle = 1'893'456'000;
// No calendar has times beyond this; sums and differences of such are no overflow. Whole seconds,
// for older layouts had milliseconds where seconds are written now.
constexpr std::int64_t kSecondsMax = (std::int64_t{1} << 60) / 1'000;
constexpr std::int64_t kMillisecondsMax = kSecondsMax * 1'000;

// What follows in the history, a bit each in the order in which it follows. The seven of the first
// byte are those of every day.
enum History : std::uint64_t {
  kLastSeen = 1 << 0,  // other than the first
  kPassed = 1 << 1,
  kLastPassed = 1 << 2,  // other than the first
  kActive = 1 << 3,      // nothing follows, but there is a second part
  kSpam = 1 << 4,
  kHam = 1 << 5,
  kRepute = 1 << 6,
  kMissedSpam = 1 << 7,
  kLastSpam = 1 << 8,
  kReleased = 1 << 9,
  kSpared = 1 << 10,
  kReviewed = 1 << 11,
  kNote = 1 << 12,
  kPraiseOfOne = 1 << 13,  // by the place of its only bit
  kPraiseOfMany = 1 << 14,
  kWrittenTo = 1 << 15,
};
constexpr std::uint64_t kKnownBits = (1 << 16) - 1;

std::int64_t seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// Small numbers of either sign become small ones without.
std::uint64_t folded(std::uint64_t difference) {
  return difference << 1 ^ (difference >> 63 != 0 ? ~std::uint64_t{0} : 0);
}
std::uint64_t unfolded(std::uint64_t number) {
  return number >> 1 ^ ((number & 1) != 0 ? ~std::uint64_t{0} : 0);
}

class HistoryWriter {
 public:
  explicit HistoryWriter(std::string& bytes) : out_(bytes) {}

  void number(std::uint64_t number) { out_.varint(number); }
  void text(std::string_view text) { out_.text(text); }
  // As its distance from another.
  void time(WallTime time, std::int64_t from) {
    out_.varint(
        folded(static_cast<std::uint64_t>(seconds(time)) - static_cast<std::uint64_t>(from)));
  }

 private:
  ByteWriter out_;
};

class HistoryReader {
 public:
  explicit HistoryReader(std::string_view bytes) : in_(bytes) {}

  std::uint64_t number() { return in_.varint(); }
  std::string text() { return std::string(in_.text()); }
  std::uint32_t count() {
    const auto count = in_.varint();
    failed_ |= count > std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(count);
  }
  WallTime time(std::int64_t from) {
    const auto at =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + unfolded(in_.varint()));
    if (at > kSecondsMax || at < -kSecondsMax) {
      failed_ = true;
      return kNever;
    }
    return WallTime(std::chrono::seconds(at));
  }

  bool well() const { return !failed_ && !in_.failed() && in_.at_end(); }

 private:
  ByteReader in_;
  bool failed_ = false;
};

std::uint64_t what_follows(const Record& record) {
  std::uint64_t map = 0;
  const auto note = [&](bool is, History bit) {
    if (is) map |= bit;
  };
  note(record.last_seen != record.first_seen, kLastSeen);
  note(record.passed > 0 || record.first_passed != kNever, kPassed);
  note(record.last_passed != record.first_passed, kLastPassed);
  note(is_active(record), kActive);
  note(record.spam > 0, kSpam);
  note(record.ham > 0, kHam);
  note(record.repute != Repute{}, kRepute);
  note(record.missed_spam > 0, kMissedSpam);
  note(record.last_spam != kNever, kLastSpam);
  note(record.released != kNever, kReleased);
  note(record.spared != kNever, kSpared);
  note(record.reviewed != kNever, kReviewed);
  note(!record.note.empty(), kNote);
  const auto voices = std::popcount(record.repute.praised_by);
  note(voices == 1, kPraiseOfOne);
  note(voices > 1, kPraiseOfMany);
  note(record.written_to != kNever, kWrittenTo);
  return map;
}

// The second part: the order of its fields is the format, a field's place is its bit.
template <typename AnyRecord, typename Visitor>
void each_active(AnyRecord& record, Visitor& visit) {
  visit(record.connections);
  visit(record.messages);
  visit(record.recipients);
  visit(record.errors);
  visit(record.unknown_users);
  visit(record.passwords);
  visit(record.last_trial);
  visit(record.sentence);
  visit(record.observed_sentence);
}

void write(ByteWriter& out, WallTime time) { out.integer(epoch_milliseconds(time)); }
void write(ByteWriter& out, const Tally& tally) {
  write(out, tally.since);
  out.varint(tally.failed);
  out.varint(tally.tried);
}
void write(ByteWriter& out, const Sentence& sentence) {
  write(out, sentence.from);
  write(out, sentence.until);
  out.integer(static_cast<std::int64_t>(sentence.length.count()));
  out.varint(sentence.strikes);
  out.integer(sentence.evidence_classes);
  out.integer(static_cast<std::uint8_t>(sentence.reason));
  out.text(sentence.verdict_id);
}

bool read(ByteReader& in, std::uint32_t& number) {
  const auto value = in.varint();
  number = static_cast<std::uint32_t>(value);
  return number == value;
}
bool read(ByteReader& in, WallTime& time) {
  const auto at = in.integer<std::int64_t>();
  time = wall_time(at);
  return at <= kMillisecondsMax && at >= -kMillisecondsMax;
}
bool read(ByteReader& in, Tally& tally) {
  return read(in, tally.since) && read(in, tally.failed) && read(in, tally.tried);
}
bool read(ByteReader& in, Sentence& sentence) {
  bool well = read(in, sentence.from) && read(in, sentence.until);
  sentence.length = Duration(in.integer<std::int64_t>());
  well &= read(in, sentence.strikes);
  sentence.evidence_classes = in.integer<std::uint8_t>();
  sentence.reason = static_cast<CheckName>(in.integer<std::uint8_t>());
  sentence.verdict_id = in.text();
  return well;
}

struct FieldMap {
  std::uint32_t present = 0;
  std::uint32_t bit = 1;

  template <typename Field>
  void operator()(const Field& field) {
    if (field != Field{}) present |= bit;
    bit <<= 1;
  }
};

struct FieldWriter {
  ByteWriter& out;

  template <typename Field>
  void operator()(const Field& field) {
    if (field != Field{}) write(out, field);
  }
};

struct FieldReader {
  ByteReader& in;
  std::uint64_t present;
  bool well = true;

  template <typename Field>
  void operator()(Field& field) {
    if ((present & 1) != 0) well &= read(in, field);
    present >>= 1;
  }
};

std::uint32_t active_fields(const Record& record) {
  FieldMap map;
  each_active(record, map);
  return map.present;
}

void append_active(const Record& record, ByteWriter& out) {
  out.varint(active_fields(record));
  FieldWriter write_field{out};
  each_active(record, write_field);
}

bool take_active(ByteReader& in, Record& record) {
  FieldReader read_field{in, in.varint()};
  each_active(record, read_field);
  return read_field.well && read_field.present == 0 && !in.failed() && in.at_end();
}

}  // namespace

void encode_history(const Record& record, std::string& bytes) {
  HistoryWriter out(bytes);
  const auto map = what_follows(record);
  const auto first = seconds(record.first_seen);
  const auto& repute = record.repute;
  out.number(map);
  out.time(record.first_seen, kMiddle);
  if (map & kLastSeen) out.time(record.last_seen, first);
  if (map & kPassed) {
    out.number(record.passed);
    out.time(record.first_passed, first);
  }
  if (map & kLastPassed) out.time(record.last_passed, seconds(record.first_passed));
  if (map & kSpam) out.number(record.spam);
  if (map & kHam) out.number(record.ham);
  if (map & kRepute) {
    out.time(repute.as_of, seconds(record.last_seen));
    out.number(repute.spam);
    out.number(repute.ham);
  }
  if (map & kMissedSpam) out.number(record.missed_spam);
  if (map & kLastSpam) out.time(record.last_spam, seconds(record.last_seen));
  if (map & kReleased) out.time(record.released, first);
  if (map & kSpared) out.time(record.spared, first);
  if (map & kReviewed) out.time(record.reviewed, first);
  if (map & kNote) out.text(record.note);
  if (map & kPraiseOfOne) out.number(static_cast<unsigned>(std::countr_zero(repute.praised_by)));
  if (map & kPraiseOfMany) out.number(repute.praised_by);
  if (map & kWrittenTo) out.time(record.written_to, seconds(record.last_seen));
}

bool decode_history(std::string_view bytes, Record& record, bool& active) {
  HistoryReader in(bytes);
  const auto map = in.number();
  record.first_seen = in.time(kMiddle);
  const auto first = seconds(record.first_seen);
  auto& repute = record.repute;
  record.last_seen = map & kLastSeen ? in.time(first) : record.first_seen;
  if (map & kPassed) {
    record.passed = in.count();
    record.first_passed = in.time(first);
  }
  record.last_passed =
      map & kLastPassed ? in.time(seconds(record.first_passed)) : record.first_passed;
  if (map & kSpam) record.spam = in.count();
  if (map & kHam) record.ham = in.count();
  if (map & kRepute) {
    repute.as_of = in.time(seconds(record.last_seen));
    repute.spam = in.count();
    repute.ham = in.count();
  }
  if (map & kMissedSpam) record.missed_spam = in.count();
  if (map & kLastSpam) record.last_spam = in.time(seconds(record.last_seen));
  if (map & kReleased) record.released = in.time(first);
  if (map & kSpared) record.spared = in.time(first);
  if (map & kReviewed) record.reviewed = in.time(first);
  if (map & kNote) record.note = in.text();
  if (map & kPraiseOfOne) repute.praised_by = std::uint64_t{1} << (in.number() % 64);
  if (map & kPraiseOfMany) repute.praised_by = in.number();
  if (map & kWrittenTo) record.written_to = in.time(seconds(record.last_seen));
  active = (map & kActive) != 0;
  return in.well() && (map & ~kKnownBits) == 0;
}

void encode_active(const Record& record, std::string& bytes) {
  bytes.clear();
  ByteWriter out(bytes);
  out.integer(kLayout);
  append_active(record, out);
}

bool decode_active(std::string_view bytes, Record& record) {
  ByteReader in(bytes);
  return in.integer<std::uint8_t>() == kLayout && take_active(in, record);
}

std::string encode_record(const Record& record) {
  std::string history;
  encode_history(record, history);
  std::string bytes;
  ByteWriter out(bytes);
  out.integer(kLayout);
  out.text(history);
  append_active(record, out);
  return bytes;
}

std::optional<Record> decode_record(std::string_view bytes) {
  if (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) < kLayout)
    return decode_old_record(bytes);
  std::optional<Record> record(std::in_place);
  ByteReader in(bytes);
  bool active = false;
  const bool well = in.integer<std::uint8_t>() == kLayout &&
                    decode_history(in.text(), *record, active) && take_active(in, *record) &&
                    active == is_active(*record);
  if (!well) record.reset();
  return record;
}

}  // namespace gatepost
