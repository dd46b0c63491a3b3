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

Record full_record() {
  Record record;
  record.ham = 1;
  record.spam = 2;
  record.missed_spam = 3;
  record.passed = 0xffffffff;
  record.first_seen = at(-1);
  record.last_seen = at(5);
  record.first_passed = at(6);
  record.last_passed = at(7);
  record.last_spam = at(8);
  record.released = at(9);
  record.errors = {at(10), 11, 12};
  record.unknown_users = {at(13), 14, 15};
  record.sentence = {at(16), at(17), 18ms, 19, 2, CheckName::trap, "v20"};
  record.observed_sentence = {at(21), at(22), 23ms, 24, 1, CheckName::errors, ""};
  record.note = "a note";
  record.passwords = {at(25), 26, 27};
  record.connections = {at(28), 29, 30};
  record.messages = {at(31), 32, 33};
  record.recipients = {at(34), 35, 36};
  record.repute = {at(37), 38, 39, 40};
  record.spared = at(41);
  record.reviewed = at(42);
  record.last_trial = at(43);
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
}

TEST(RecordCodec, RefusesWhatIsCutOrTooLong) {
  const auto bytes = encode_record(full_record());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_record(bytes + '\0'));
}

TEST(RecordCodec, RefusesOtherLayouts) {
  auto bytes = encode_record(full_record());
  for (const char layout : {'\0', '\1', '\3', '\xff'}) {
    bytes[0] = layout;
    EXPECT_FALSE(decode_record(bytes));
  }
  EXPECT_TRUE(decode_record(std::string_view("\2\0\0\0\0", 5)));
}

TEST(RecordCodec, RefusesFieldsThatItDoesNotKnow) {
  EXPECT_FALSE(decode_record(std::string_view("\2\x80\0\0\0", 5)));
}

// Older gates wrote a map of sixteen fields.
TEST(RecordCodec, ReadsLayoutOne) {
  EXPECT_EQ(decode_record(std::string_view("\1\0\0", 3)), Record{});
  Record record;
  record.ham = 5;
  record.last_seen = at(7);
  EXPECT_EQ(decode_record(std::string_view("\1\0\x21\0\0\0\5\0\0\0\0\0\0\0\7", 15)), record);
}

TEST(RecordCodec, WithstandsRandomBytes) {
  std::mt19937 random(20240801);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    if (!bytes.empty()) bytes[0] = static_cast<char>(1 + random() % 2);
    const auto record = decode_record(bytes);
    EXPECT_TRUE(!record || decode_record(encode_record(*record)) == record);
  }
}

}  // namespace
}  // namespace gatepost
