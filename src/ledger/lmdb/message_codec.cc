// Implements ledger/lmdb/message_codec.h.
#include "ledger/lmdb/message_codec.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "ledger/lmdb/record_codec.h"
#include "ledger/told_table.h"

namespace gatepost {
namespace {

constexpr std::uint8_t kLayout = 1;

enum MessageMap : std::uint8_t { kOfAddress = 1 << 0, kSenderDomain = 1 << 1, kRecipient = 1 << 2 };
constexpr unsigned kKnownOfMessage = (1 << 3) - 1;

constexpr std::uint8_t kByPerson = 1 << 7;   // beside a claim's word
constexpr std::uint8_t kOwnClient = 1 << 7;  // in the place of a key's kind; no bytes follow

// What follows of an observation, a bit each in the order in which it follows.
enum ObservationMap : std::uint64_t {
  kCount = 1 << 0,
  kTried = 1 << 1,
  kWindow = 1 << 2,
  kHalfLife = 1 << 3,
  kWeight = 1 << 4,
  kPraisedBy = 1 << 5,
  kObserved = 1 << 6,  // nothing follows
  kSentence = 1 << 7,
  kNote = 1 << 8,
  kTaken = 1 << 9,
  kBefore = 1 << 10,
};
constexpr std::uint64_t kKnownOfObservation = (1 << 11) - 1;

// No calendar has times beyond this.
constexpr std::int64_t kMillisecondsMax = std::int64_t{1} << 60;

constexpr unsigned kSeveralBits = 64;  // in the place of the only one's

class Writer {
 public:
  explicit Writer(const ToldMessage& message) : message_(message) {}

  std::string write() {
    out_.integer(kLayout);
    unsigned map = 0;
    if (message_.of_address) map |= kOfAddress;
    if (!message_.sender_domain.empty()) map |= kSenderDomain;
    if (message_.recipient != 0) map |= kRecipient;
    out_.integer(static_cast<std::uint8_t>(map));
    if (map & kSenderDomain) out_.text(message_.sender_domain);
    if (map & kRecipient) bits(message_.recipient);
    out_.integer(static_cast<std::uint8_t>(message_.claims.size()));
    for (const auto& each : message_.claims) claim(each);
    out_.integer(static_cast<std::uint8_t>(message_.counted.size()));
    for (const auto& each : message_.counted) {
      observation(each.observation);
      record(each.before);
    }
    return std::move(bytes_);
  }

 private:
  void bits(std::uint64_t map) {
    const bool one = std::has_single_bit(map);
    const auto place = one ? static_cast<unsigned>(std::countr_zero(map)) : kSeveralBits;
    out_.integer(static_cast<std::uint8_t>(place));
    if (!one) out_.integer(map);
  }
  // As its distance from the message's, so that small ones of either sign are small.
  void time(WallTime time) {
    const auto distance = static_cast<std::uint64_t>(epoch_milliseconds(time)) -
                          static_cast<std::uint64_t>(epoch_milliseconds(message_.at));
    out_.varint(distance << 1 ^ (distance >> 63 != 0 ? ~std::uint64_t{0} : 0));
  }
  void duration(Duration duration) { out_.varint(static_cast<std::uint64_t>(duration.count())); }
  void record(const Record& record) {
    out_.text(record == Record{} ? std::string() : encode_record(record));
  }

  void claim(const Claim& claim) {
    const unsigned word = static_cast<std::uint8_t>(claim.word);
    out_.integer(static_cast<std::uint8_t>(word | (claim.by_person ? kByPerson : 0u)));
    out_.text(claim.source);
    time(claim.at);
  }

  void key(const RecordKey& key) {
    const bool own = key == RecordKey(message_.client);
    out_.integer(own ? kOwnClient : static_cast<std::uint8_t>(key.kind()));
    if (own) return;
    for (const auto byte : key.bytes()) out_.integer(byte);
  }

  static std::uint64_t what_follows(const Observation& observation) {
    const Observation plain;
    std::uint64_t map = 0;
    const auto note = [&](bool is, ObservationMap bit) {
      if (is) map |= bit;
    };
    note(observation.count != plain.count, kCount);
    note(observation.tried != plain.tried, kTried);
    note(observation.window != plain.window, kWindow);
    note(observation.half_life != plain.half_life, kHalfLife);
    note(observation.weight != plain.weight, kWeight);
    note(observation.praised_by != plain.praised_by, kPraisedBy);
    note(observation.observed, kObserved);
    note(observation.sentence != plain.sentence, kSentence);
    note(!observation.note.empty(), kNote);
    note(observation.taken != plain.taken, kTaken);
    note(observation.before != nullptr, kBefore);
    return map;
  }

  void observation(const Observation& observation) {
    const auto map = what_follows(observation);
    out_.integer(static_cast<std::uint8_t>(observation.kind));
    key(observation.of);
    time(observation.at);
    out_.varint(map);
    if (map & kCount) out_.varint(observation.count);
    if (map & kTried) out_.varint(observation.tried);
    if (map & kWindow) duration(observation.window);
    if (map & kHalfLife) duration(observation.half_life);
    if (map & kWeight) out_.varint(observation.weight);
    if (map & kPraisedBy) bits(observation.praised_by);
    if (map & kSentence) {
      Record carrier;
      carrier.sentence = observation.sentence;
      std::string active;
      encode_active(carrier, active);
      out_.text(active);
    }
    if (map & kNote) out_.text(observation.note);
    if (map & kTaken) out_.integer(static_cast<std::uint8_t>(observation.taken));
    if (map & kBefore) record(*observation.before);
  }

  const ToldMessage& message_;
  std::string bytes_;
  ByteWriter out_{bytes_};
};

class Reader {
 public:
  explicit Reader(const Row& row) : in_(row.json) {
    message_.client = row.client;
    message_.at = row.at;
    failed_ = row.id.size() != message_.key.size();
    if (!failed_) std::copy(row.id.begin(), row.id.end(), message_.key.begin());
  }

  std::optional<ToldMessage> read() {
    failed_ |= in_.integer<std::uint8_t>() != kLayout;
    const unsigned map = in_.integer<std::uint8_t>();
    failed_ |= map > kKnownOfMessage;
    message_.of_address = (map & kOfAddress) != 0;
    if (map & kSenderDomain) message_.sender_domain = text(kSenderDomainMax);
    if (map & kRecipient) message_.recipient = bits();
    for (auto left = count(ToldMessage::kClaimsMax); left > 0; --left)
      message_.claims.push_back(claim());
    failed_ |= message_.claims.empty();
    for (auto left = count(ToldMessage::kCountedMax); left > 0; --left) {
      auto observed = observation();
      message_.counted.push_back({std::move(observed), record()});
    }
    if (failed_ || in_.failed() || !in_.at_end()) return std::nullopt;
    return std::move(message_);
  }

 private:
  std::size_t count(std::size_t most) {
    const std::size_t count = in_.integer<std::uint8_t>();
    failed_ |= count > most;
    return failed_ ? 0 : count;
  }
  std::string text(std::size_t length_max) {
    const auto text = in_.text();
    failed_ |= text.empty() || text.size() > length_max;
    return std::string(text);
  }
  std::uint32_t number() {
    const auto number = in_.varint();
    failed_ |= number > std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(number);
  }
  std::uint64_t bits() {
    const unsigned place = in_.integer<std::uint8_t>();
    failed_ |= place > kSeveralBits;
    return place < kSeveralBits ? std::uint64_t{1} << place : in_.integer<std::uint64_t>();
  }
  WallTime time() {
    const auto folded = in_.varint();
    const auto distance = folded >> 1 ^ ((folded & 1) != 0 ? ~std::uint64_t{0} : 0);
    const auto at = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(epoch_milliseconds(message_.at)) + distance);
    failed_ |= at > kMillisecondsMax || at < -kMillisecondsMax;
    return failed_ ? kNever : wall_time(at);
  }
  Duration duration() { return Duration(static_cast<Duration::rep>(in_.varint())); }
  Record record() {
    const auto bytes = in_.text();
    if (bytes.empty()) return {};
    auto record = decode_record(bytes);
    failed_ |= !record;
    return record ? std::move(*record) : Record{};
  }

  Claim claim() {
    Claim claim;
    const unsigned word = in_.integer<std::uint8_t>();
    claim.by_person = (word & kByPerson) != 0;
    claim.word = static_cast<MailWord>(word & ~unsigned{kByPerson});
    failed_ |= claim.word != MailWord::ham && claim.word != MailWord::spam;
    claim.source = text(ToldMessage::kClaimSourceMax);
    claim.at = time();
    return claim;
  }

  RecordKey key() {
    const auto kind = in_.integer<std::uint8_t>();
    if (kind == kOwnClient) return message_.client;
    failed_ |= kind > static_cast<std::uint8_t>(RecordKey::Kind::system);
    RecordKey::Bytes bytes{};
    for (auto& byte : bytes) byte = in_.integer<std::uint8_t>();
    if (failed_) return {};
    const auto key = RecordKey::from_bytes(static_cast<RecordKey::Kind>(kind), bytes);
    if (key.kind() == RecordKey::Kind::client)
      failed_ |= ClientKey(Address::from_bytes(bytes)) != key.client();
    return key;
  }

  ObservationKind kind() {
    const auto kind = in_.integer<std::uint8_t>();
    failed_ |= kind == 0 || kind > static_cast<std::uint8_t>(ObservationKind::vouched);
    return static_cast<ObservationKind>(kind);
  }

  Sentence sentence() {
    Record carrier;
    failed_ |= !decode_active(in_.text(), carrier);
    Record alone;
    alone.sentence = carrier.sentence;
    failed_ |= carrier != alone;
    return alone.sentence;
  }

  Observation observation() {
    Observation observation;
    observation.kind = kind();
    observation.of = key();
    observation.at = time();
    const auto map = in_.varint();
    failed_ |= map > kKnownOfObservation;
    if (map & kCount) observation.count = number();
    if (map & kTried) observation.tried = number();
    if (map & kWindow) observation.window = duration();
    if (map & kHalfLife) observation.half_life = duration();
    if (map & kWeight) observation.weight = number();
    if (map & kPraisedBy) observation.praised_by = bits();
    observation.observed = (map & kObserved) != 0;
    if (map & kSentence) observation.sentence = sentence();
    if (map & kNote) observation.note = in_.text();
    if (map & kTaken) observation.taken = kind();
    if (map & kBefore) observation.before = std::make_shared<const Record>(record());
    return observation;
  }

  ToldMessage message_;
  ByteReader in_;
  bool failed_ = false;
};

}  // namespace

std::string id_of(const MessageKey& key) { return {key.begin(), key.end()}; }

Row row_of(const ToldMessage& message) {
  Row row{id_of(message.key), message.client, message.at, {}};
  if (!message.claims.empty()) row.json = Writer(message).write();
  return row;
}

std::optional<ToldMessage> told_message(const Row& row) { return Reader(row).read(); }

}  // namespace gatepost
