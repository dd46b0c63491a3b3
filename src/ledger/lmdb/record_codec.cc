// Implements ledger/lmdb/record_codec.h.
#include "ledger/lmdb/record_codec.h"

#include <cassert>
#include <cstdint>

#include "base/bytes.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 1;

// The order of the fields is the format: a field's place is its bit. All sixteen bits are taken:
// one more needs a wider map, and so another layout.
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
}

void write(ByteWriter& out, std::uint32_t number) { out.integer(number); }
void write(ByteWriter& out, WallTime time) { out.integer(epoch_milliseconds(time)); }
void write(ByteWriter& out, const std::string& text) { out.text(text); }
void write(ByteWriter& out, const Tally& tally) {
  write(out, tally.since);
  write(out, tally.failed);
  write(out, tally.tried);
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
  std::uint16_t present = 0;
  std::uint16_t bit = 1;

  template <typename Field>
  void operator()(const Field& field) {
    assert(bit != 0);
    if (field != Field{}) {
      present = static_cast<std::uint16_t>(present | bit);
      write(out, field);
    }
    bit = static_cast<std::uint16_t>(bit << 1);
  }
};

struct FieldReader {
  ByteReader& in;
  std::uint16_t present;

  template <typename Field>
  void operator()(Field& field) {
    if ((present & 1) != 0) read(in, field);
    present = static_cast<std::uint16_t>(present >> 1);
  }
};

}  // namespace

void encode_record(const Record& record, std::string& bytes) {
  bytes.clear();
  ByteWriter out(bytes);
  out.integer(kLayout);
  const auto map_at = bytes.size();
  out.integer(std::uint16_t{0});
  FieldWriter write_field{out};
  each_field(record, write_field);
  bytes[map_at] = static_cast<char>(write_field.present >> 8);
  bytes[map_at + 1] = static_cast<char>(write_field.present & 0xff);
}

std::string encode_record(const Record& record) {
  std::string bytes;
  encode_record(record, bytes);
  return bytes;
}

bool decode_record(std::string_view bytes, Record& record) {
  ByteReader in(bytes);
  const auto layout = in.integer<std::uint8_t>();
  const auto present = in.integer<std::uint16_t>();
  if (layout != kLayout) return false;
  FieldReader read_field{in, present};
  each_field(record, read_field);
  return !in.failed() && in.at_end();
}

std::optional<Record> decode_record(std::string_view bytes) {
  std::optional<Record> record(std::in_place);
  if (!decode_record(bytes, *record)) record.reset();
  return record;
}

}  // namespace gatepost
