// The bytes of what was said of a message: there and back, and no others taken.
#include "ledger/lmdb/message_codec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "ledger/told_samples.h"
#include "ledger/told_table.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kAt = wall_time(1'795'000'000'123);

bool same(const Observation& a, const Observation& b) {
  const bool both = (a.before == nullptr) == (b.before == nullptr);
  return both && (!a.before || *a.before == *b.before) && a.kind == b.kind && a.of == b.of &&
         a.at == b.at && a.count == b.count && a.tried == b.tried && a.window == b.window &&
         a.half_life == b.half_life && a.weight == b.weight && a.praised_by == b.praised_by &&
         a.sentence == b.sentence && a.observed == b.observed && a.note == b.note &&
         a.taken == b.taken;
}

bool same(const ToldMessage& a, const ToldMessage& b) {
  bool same_counted = a.counted.size() == b.counted.size();
  for (std::size_t i = 0; same_counted && i < a.counted.size(); ++i) {
    same_counted = same(a.counted[i].observation, b.counted[i].observation) &&
                   a.counted[i].before == b.counted[i].before;
  }
  return same_counted && a.key == b.key && a.client == b.client && a.at == b.at &&
         a.sender_domain == b.sender_domain && a.recipient == b.recipient &&
         a.of_address == b.of_address && a.claims == b.claims;
}

class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

  ToldMessage message() {
    ToldMessage message;
    for (auto& byte : message.key) byte = static_cast<std::uint8_t>(random_());
    message.client = client();
    message.at = time();
    if (maybe()) message.sender_domain = text(1 + random_() % kSenderDomainMax);
    if (maybe()) message.recipient = maybe() ? random_() : std::uint64_t{1} << random_() % 64;
    message.of_address = maybe();
    for (auto left = 1 + random_() % ToldMessage::kClaimsMax; left > 0; --left) {
      message.claims.push_back({maybe() ? MailWord::ham : MailWord::spam, maybe(),
                                text(1 + random_() % ToldMessage::kClaimSourceMax), time()});
    }
    for (auto left = random_() % (ToldMessage::kCountedMax + 1); left > 0; --left) {
      auto observed = observation();
      if (maybe()) observed.of = message.client;
      message.counted.push_back({observed, record()});
    }
    return message;
  }

 private:
  bool maybe() { return random_() % 2 == 0; }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_() >> (32 + random_() % 32)); }
  WallTime time() {
    return kAt + Duration(static_cast<std::int64_t>(random_()) >> (22 + number() % 40));
  }
  std::string text(std::size_t length) {
    std::string text(length, '\0');
    for (auto& byte : text) byte = static_cast<char>(random_());
    return text;
  }
  ClientKey client() {
    if (maybe()) return ClientKey(Address::v4(number()));
    return ClientKey(*Address::parse(fmt::format("2001:db8:{:x}::1", number() % 0x10000)));
  }
  RecordKey key() {
    if (maybe()) return client();
    const auto text = fmt::format("{}", number());
    return RecordKey::of_text(maybe() ? RecordKey::Kind::organisation : RecordKey::Kind::greylist,
                              text);
  }
  Sentence sentence() {
    return {time(), time(), Duration(number()), number(), 2, CheckName::trap, text(20)};
  }
  // As apply() makes them: times that are for ever are to the second.
  Record record() {
    Record record;
    for (auto left = random_() % 4; left > 0; --left) {
      auto observed = observation();
      observed.before = nullptr;
      apply(record, observed);
    }
    return record;
  }
  Observation observation() {
    Observation made{static_cast<ObservationKind>(1 + random_() % 22), key(), time()};
    if (maybe()) made.count = number();
    if (maybe()) made.tried = number();
    if (maybe()) made.window = Duration(number());
    if (maybe()) made.half_life = Duration(1 + number());
    if (maybe()) made.weight = number();
    if (maybe()) made.praised_by = maybe() ? random_() : std::uint64_t{1} << random_() % 64;
    if (maybe()) made.sentence = sentence();
    made.observed = maybe();
    if (maybe()) made.note = text(random_() % 200);
    if (maybe()) made.taken = ObservationKind::spam;
    if (depth_ == 0 && maybe()) {
      ++depth_;
      made.before = std::make_shared<const Record>(record());
      --depth_;
    }
    return made;
  }

  std::mt19937_64 random_;
  int depth_ = 0;
};

TEST(MessageCodec, GivesBackWhatItTook) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  RandomMessages messages(seed);
  for (int i = 0; i < 300; ++i) {
    const auto message = messages.message();
    ASSERT_TRUE(can_be_kept(message));
    const auto read = told_message(row_of(message));
    ASSERT_TRUE(read && same(*read, message)) << i;
  }
}

TEST(MessageCodec, OneThatIsToldOfOnceTakesLittleRoom) {
  auto message = said_ham(1, ClientKey(Address::v4(0xc0000207)), kAt);
  EXPECT_LE(row_of(message).json.size(), 30u);
  Record before;
  apply(before, {ObservationKind::passed, message.client, kAt});
  message.counted[0].before = before;
  message.sender_domain = "example.net";
  EXPECT_LE(row_of(message).json.size(), 64u);
}

TEST(MessageCodec, OneOfWhichNobodySaysAnythingHasNoBytes) {
  auto message = said_ham(1, ClientKey(Address::v4(1)), kAt);
  message.claims.clear();
  EXPECT_EQ(row_of(message).json, "");
  EXPECT_FALSE(told_message(row_of(message)));
}

TEST(MessageCodec, RefusesWhatIsCutTooLongOrOfAnotherLayout) {
  auto row = row_of(RandomMessages(7).message());
  const auto bytes = row.json;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    row.json = bytes.substr(0, length);
    EXPECT_FALSE(told_message(row)) << length;
  }
  row.json = bytes + '\0';
  EXPECT_FALSE(told_message(row));
  row.json = bytes;
  EXPECT_TRUE(told_message(row));
  row.json[0] = 2;
  EXPECT_FALSE(told_message(row));
  row.json = bytes;
  row.id.pop_back();
  EXPECT_FALSE(told_message(row)) << "a key has 16 bytes";
}

TEST(MessageCodec, RefusesWhatIsBeyondTheBounds) {
  const auto sound = said_ham(1, ClientKey(Address::v4(1)), kAt);
  const auto refused = [&](auto spoil) {
    auto message = sound;
    spoil(message);
    EXPECT_FALSE(can_be_kept(message));
    return !told_message(row_of(message));
  };
  EXPECT_TRUE(refused([](ToldMessage& message) { message.sender_domain.assign(254, 'x'); }));
  EXPECT_TRUE(refused([](ToldMessage& message) { message.claims.resize(9, message.claims[0]); }));
  EXPECT_TRUE(refused([](ToldMessage& message) { message.claims[0].source.assign(101, 'x'); }));
  EXPECT_TRUE(refused([](ToldMessage& message) { message.claims[0].source.clear(); }));
  EXPECT_TRUE(
      refused([](ToldMessage& message) { message.counted.resize(25, message.counted[0]); }));
  refused([](ToldMessage& message) { message.counted[0].before.note.assign(70'000, 'x'); });
}

TEST(MessageCodec, WithstandsRandomBytes) {
  std::mt19937 random(20261122);
  RandomMessages messages(11);
  int read = 0;
  for (int i = 0; i < 1'000; ++i) {
    auto row = row_of(messages.message());
    for (auto left = 1 + random() % 3; left > 0; --left)
      row.json[random() % row.json.size()] = static_cast<char>(random());
    const auto message = told_message(row);
    if (!message) continue;
    ++read;
    const auto again = told_message(row_of(*message));
    EXPECT_TRUE(again && same(*again, *message));
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace gatepost
