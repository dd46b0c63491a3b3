// Implements ledger/lmdb/record_codec.h.
#include "ledger/lmdb/record_codec.h"

#include <cassert>
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

void write(ByteWriter& out, std::uint32_t number) { out.integer(number); }
void write(ByteWriter& out, WallTime time) { out.integer(epoch_milliseconds(time)); }
void write(ByteWriter& out, const std::string& text) { out.text(text); }
void write(ByteWriter& out, const Tally& tally) {
  write(out, tally.since);
  write(out, tally.failed);
  write(out, tally.tried);
}
void write(ByteWriter& out, const Repute& repute) {
  write(out, repute.as_of);
  write(out, repute.ham);
  write(out, repute.spam);
  out.integer(repute.praised_by);
}
void write(ByteWriter& out, const Sentence& sentence) {
  write(out, sentence.from);
  write(out, sentence.until);
  out.integer(static_cast<std::int64_t>(sentence.length.count()));
  write(out, sentence.strikes);
  out.integer(sentence.evidence_classes);
  out.integer(static_cast<std::uint8_t>(sentence.reason));
  write(out, sentence.verdict_id);
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

// Writes the fields that are not zero and notes which they are.
struct FieldWriter {
  ByteWriter out;
  std::uint32_t present = 0;
  std::uint32_t bit = 1;

  template <typename Field>
  void operator()(const Field& field) {
    assert(bit != 0);
    if (field != Field{}) {
      present |= bit;
      write(out, field);
    }
    bit <<= 1;
  }
};

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

void encode_record(const Record& record, std::string& bytes) {
  bytes.clear();
  ByteWriter out(bytes);
  out.integer(kLayout);
  const auto map_at = bytes.size();
  out.integer(std::uint32_t{0});
  FieldWriter write_field{out};
  each_field(record, write_field);
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i)
    bytes[map_at + i] = static_cast<char>(write_field.present >> (24 - 8 * i) & 0xff);
}

std::string encode_record(const Record& record) {
  std::string bytes;
  encode_record(record, bytes);
  return bytes;
}

bool decode_record(std::string_view bytes, Record& record) {
  ByteReader in(bytes);
  const auto layout = in.integer<std::uint8_t>();
  if (layout != kLayout && layout != kLayoutOfSixteenFields) return false;
  FieldReader read_field{
      in, layout == kLayout ? in.integer<std::uint32_t>() : in.integer<std::uint16_t>()};
  each_field(record, read_field);
  return !in.failed() && in.at_end() && read_field.present == 0;
}

std::optional<Record> decode_record(std::string_view bytes) {
  std::optional<Record> record(std::in_place);
  if (!decode_record(bytes, *record)) record.reset();
  return record;
}

}  // namespace gatepost
