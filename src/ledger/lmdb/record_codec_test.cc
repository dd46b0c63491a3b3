// The bytes of a record: as documented, there and back, and no others taken.
#include "ledger/lmdb/record_codec.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>

namespace gatepost {
namespace {

using namespace std::chrono_literals;

WallTime at(std::int64_t milliseconds) { return wall_time(milliseconds); }

WallTime second(std::int64_t seconds) { return at(1'795'000'000'000 + 1'000 * seconds); }

Record full_record() {
  Record record;
  record.ham = 1;
  record.spam = 2;
  record.missed_spam = 3;
  record.passed = 0xffffffff;
  record.first_seen = second(-1);
  record.last_seen = second(500'000);
  record.first_passed = second(6);
  record.last_passed = second(7);
  record.last_spam = second(8);
  record.released = second(9);
  record.errors = {at(10), 11, 12};
  record.unknown_users = {at(13), 14, 15};
  record.sentence = {at(16), at(17), 18ms, 19, 2, CheckName::trap, "v20"};
  record.observed_sentence = {at(21), at(22), 23ms, 24, 1, CheckName::errors, ""};
  record.note = "a note";
  record.passwords = {at(25), 26, 27};
  record.connections = {at(28), 29, 30};
  record.messages = {at(31), 32, 33};
  record.recipients = {at(34), 35, 36};
  record.repute = {second(37), 38, 39, 40};
  record.spared = second(41);
  record.reviewed = second(42);
  record.last_trial = at(43);
  record.written_to = second(44);
  return record;
}

TEST(RecordCodec, GivesBackWhatItTook) {
  EXPECT_EQ(decode_record(encode_record(Record{})), Record{});
  EXPECT_EQ(decode_record(encode_record(full_record())), full_record());
}

TEST(RecordCodec, EachFieldAloneIsKept) {
  const auto full = full_record();
  const auto only = [](auto take) {
    Record record;
    take(record);
    EXPECT_EQ(decode_record(encode_record(record)), record);
    EXPECT_LT(encode_record(record).size(), 50u) << "the fields that are zero take room";
  };
  only([&](Record& record) { record.ham = full.ham; });
  only([&](Record& record) { record.spam = full.spam; });
  only([&](Record& record) { record.missed_spam = full.missed_spam; });
  only([&](Record& record) { record.passed = full.passed; });
  only([&](Record& record) { record.first_seen = full.first_seen; });
  only([&](Record& record) { record.last_seen = full.last_seen; });
  only([&](Record& record) { record.first_passed = full.first_passed; });
  only([&](Record& record) { record.last_passed = full.last_passed; });
  only([&](Record& record) { record.last_spam = full.last_spam; });
  only([&](Record& record) { record.released = full.released; });
  only([&](Record& record) { record.errors = full.errors; });
  only([&](Record& record) { record.unknown_users = full.unknown_users; });
  only([&](Record& record) { record.sentence = full.sentence; });
  only([&](Record& record) { record.observed_sentence = full.observed_sentence; });
  only([&](Record& record) { record.note = full.note; });
  only([&](Record& record) { record.passwords = full.passwords; });
  only([&](Record& record) { record.connections = full.connections; });
  only([&](Record& record) { record.messages = full.messages; });
  only([&](Record& record) { record.recipients = full.recipients; });
  only([&](Record& record) { record.repute = full.repute; });
  only([&](Record& record) { record.spared = full.spared; });
  only([&](Record& record) { record.reviewed = full.reviewed; });
  only([&](Record& record) { record.last_trial = full.last_trial; });
  only([&](Record& record) { record.written_to = full.written_to; });
}

TEST(RecordCodec, RefusesWhatIsCutOrTooLong) {
  const auto bytes = encode_record(full_record());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_record(bytes + '\0'));
}

std::string history_of(const Record& record) {
  std::string bytes;
  encode_history(record, bytes);
  return bytes;
}

// Most addresses come once or twice in their life.
TEST(RecordCodec, LittleTakesLittleRoom) {
  Record record;
  const auto observe = [&](ObservationKind kind, WallTime when) {
    Observation observation{kind, {}, when};
    observation.half_life = 240h;
    apply(record, observation);
  };
  observe(ObservationKind::seen, second(0));
  EXPECT_EQ(history_of(record).size(), 5u);
  observe(ObservationKind::passed, second(2));
  EXPECT_EQ(history_of(record).size(), 8u);
  observe(ObservationKind::spam, second(86'400));
  EXPECT_LE(history_of(record).size(), 20u);
}

TEST(RecordCodec, TheTwoPartsMakeOneRecord) {
  Record record;
  bool active = false;
  std::string bytes;
  encode_active(full_record(), bytes);
  EXPECT_TRUE(decode_history(history_of(full_record()), record, active));
  EXPECT_TRUE(active);
  EXPECT_NE(record, full_record());
  EXPECT_TRUE(decode_active(bytes, record));
  EXPECT_EQ(record, full_record());

  Record quiet;
  quiet.first_seen = quiet.last_seen = second(1);
  EXPECT_TRUE(decode_history(history_of(quiet), record, active));
  EXPECT_FALSE(active);
}

TEST(RecordCodec, RefusesOtherLayouts) {
  auto bytes = encode_record(full_record());
  for (const char layout : {'\0', '\4', '\xff'}) {
    bytes[0] = layout;
    EXPECT_FALSE(decode_record(bytes));
  }
}

TEST(RecordCodec, RefusesFieldsThatItDoesNotKnow) {
  Record record;
  bool active = false;
  EXPECT_FALSE(decode_history(std::string_view("\x80\x80\x04\0", 4), record, active));
  EXPECT_FALSE(decode_active(std::string_view("\3\x80\x04", 3), record));
}

TEST(RecordCodec, ReadsOlderLayouts) {
  EXPECT_EQ(decode_record(std::string_view("\1\0\0", 3)), Record{});
  EXPECT_EQ(decode_record(std::string_view("\2\0\0\0\0", 5)), Record{});
  EXPECT_FALSE(decode_record(std::string_view("\2\x80\0\0\0", 5)));
  Record record;
  record.ham = 5;
  record.last_seen = at(7'000);
  EXPECT_EQ(decode_record(std::string_view("\1\0\x21\0\0\0\5\0\0\0\0\0\0\x1b\xff", 15)), record)
      << "to the second";
}

TEST(RecordCodec, WithstandsRandomBytes) {
  std::mt19937 random(20240801);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    if (!bytes.empty()) bytes[0] = static_cast<char>(1 + random() % 3);
    const auto record = decode_record(bytes);
    EXPECT_TRUE(!record || decode_record(encode_record(*record)) == record);
  }
}

}  // namespace
}  // namespace gatepost
