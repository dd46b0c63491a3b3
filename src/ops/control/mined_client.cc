// Implements ops/control/mined_client.h.
#include "ops/control/mined_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/text.h"
#include "ops/control/client_view.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kDetailLengthMax = 120;
constexpr std::uint64_t kClassesMax = 4;
constexpr std::uint64_t kTimeMax = 253'402'300'800'000;  // the year 10000, in milliseconds
constexpr std::uint64_t kLengthMax = static_cast<std::uint64_t>(kForever.count());

using Key = std::string_view;

constexpr std::array kCountsOfClient{std::pair{Key("sessions"), &AppliedClient::sessions},
                                     std::pair{Key("passed"), &AppliedClient::passed},
                                     std::pair{Key("ham"), &AppliedClient::ham},
                                     std::pair{Key("spam"), &AppliedClient::spam},
                                     std::pair{Key("strikes"), &AppliedClient::strikes}};

constexpr std::array kCountsOfRecord{
    std::pair{Key("ham"), &Record::ham}, std::pair{Key("spam"), &Record::spam},
    std::pair{Key("missed_spam"), &Record::missed_spam}, std::pair{Key("passed"), &Record::passed}};

constexpr std::array kTimesOfRecord{std::pair{Key("first_seen"), &Record::first_seen},
                                    std::pair{Key("last_seen"), &Record::last_seen},
                                    std::pair{Key("first_passed"), &Record::first_passed},
                                    std::pair{Key("last_passed"), &Record::last_passed},
                                    std::pair{Key("last_spam"), &Record::last_spam},
                                    std::pair{Key("released"), &Record::released},
                                    std::pair{Key("spared"), &Record::spared},
                                    std::pair{Key("reviewed"), &Record::reviewed}};

constexpr std::array kSentencesOfRecord{
    std::pair{Key("sentence"), &Record::sentence},
    std::pair{Key("observed_sentence"), &Record::observed_sentence}};

void put(json::object& object, Key key, std::uint64_t number, std::uint64_t usual = 0) {
  if (number != usual) object[key] = number;
}

void put(json::object& object, Key key, WallTime time) {
  if (time != kNever) object[key] = epoch_milliseconds(time);
}

std::uint32_t count_in(const json::object& object, Key key, std::uint32_t usual = 0) {
  const auto number = whole_member(object, key);
  return number && *number <= std::numeric_limits<std::uint32_t>::max()
             ? static_cast<std::uint32_t>(*number)
             : usual;
}

// Never where it is none that a calendar has.
WallTime time_in(const json::object& object, Key key) {
  const auto milliseconds = whole_member(object, key);
  return milliseconds && *milliseconds <= kTimeMax
             ? wall_time(static_cast<std::int64_t>(*milliseconds))
             : kNever;
}

Duration length_in(const json::object& object, Key key) {
  const auto milliseconds = whole_member(object, key).value_or(0);
  return Duration(static_cast<Duration::rep>(std::min(milliseconds, kLengthMax)));
}

std::string hex_of(const RecordKey& key) {
  std::string text = fmt::format("{:02x}", static_cast<unsigned>(key.kind()));
  for (const auto byte : key.bytes()) text += fmt::format("{:02x}", byte);
  return text;
}

std::optional<RecordKey> parse_key(std::string_view text) {
  std::array<std::uint8_t, RecordKey::kBytes + 1> bytes{};
  if (text.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto* const at = text.data() + 2 * i;
    const auto [end, problem] = std::from_chars(at, at + 2, bytes.at(i), 16);
    if (problem != std::errc{} || end != at + 2) return std::nullopt;
  }
  if (bytes.front() > static_cast<std::uint8_t>(RecordKey::Kind::system)) return std::nullopt;
  RecordKey::Bytes rest{};
  std::copy(bytes.begin() + 1, bytes.end(), rest.begin());
  return RecordKey::from_bytes(static_cast<RecordKey::Kind>(bytes.front()), rest);
}

json::object sentence_json(const Sentence& sentence) {
  json::object object;
  put(object, "from", sentence.from);
  put(object, "until", sentence.until);
  object["length"] = sentence.length.count();
  object["strikes"] = sentence.strikes;
  object["classes"] = sentence.evidence_classes;
  object["reason"] = to_string(sentence.reason);
  object["id"] = sentence.verdict_id;
  return object;
}

Sentence parse_sentence(const json::object& object) {
  Sentence sentence;
  sentence.from = time_in(object, "from");
  sentence.until = time_in(object, "until");
  sentence.length = length_in(object, "length");
  sentence.strikes = count_in(object, "strikes");
  sentence.evidence_classes = static_cast<std::uint8_t>(count_in(object, "classes"));
  const auto reason = text_member(object, "reason");
  sentence.reason = reason == to_string(CheckName::operator_)
                        ? CheckName::operator_
                        : parse_check_name(reason).value_or(CheckName{});
  sentence.verdict_id = text_member(object, "id");
  return sentence;
}

json::object record_json(const Record& record) {
  json::object object;
  for (const auto& [key, count] : kCountsOfRecord) put(object, key, record.*count);
  for (const auto& [key, time] : kTimesOfRecord) put(object, key, record.*time);
  for (const auto& [key, sentence] : kSentencesOfRecord) {
    if ((record.*sentence).given()) object[key] = sentence_json(record.*sentence);
  }
  if (record.repute != Repute{}) {
    object["repute"] = json::object{{"as_of", epoch_milliseconds(record.repute.as_of)},
                                    {"ham", record.repute.ham},
                                    {"spam", record.repute.spam},
                                    {"praised_by", record.repute.praised_by}};
  }
  if (!record.note.empty()) object["note"] = record.note;
  return object;
}

Record parse_record(const json::object& object) {
  Record record;
  for (const auto& [key, count] : kCountsOfRecord) record.*count = count_in(object, key);
  for (const auto& [key, time] : kTimesOfRecord) record.*time = time_in(object, key);
  for (const auto& [key, sentence] : kSentencesOfRecord) {
    if (member(object, key)) record.*sentence = parse_sentence(object_member(object, key));
  }
  const auto& repute = object_member(object, "repute");
  record.repute.as_of = time_in(repute, "as_of");
  record.repute.ham = count_in(repute, "ham");
  record.repute.spam = count_in(repute, "spam");
  record.repute.praised_by = whole_member(repute, "praised_by").value_or(0);
  record.note = text_member(object, "note");
  return record;
}

json::object observation_json(const Observation& observation, const ClientKey& client) {
  const Observation usual;
  json::object object;
  object["kind"] = to_string(observation.kind);
  object["at"] = epoch_milliseconds(observation.at);
  if (observation.of != RecordKey(client)) object["of"] = hex_of(observation.of);
  put(object, "count", observation.count, usual.count);
  put(object, "weight", observation.weight, usual.weight);
  put(object, "half_life", static_cast<std::uint64_t>(observation.half_life.count()));
  put(object, "praised_by", observation.praised_by);
  if (observation.sentence.given()) object["sentence"] = sentence_json(observation.sentence);
  if (observation.observed) object["observed"] = true;
  if (!observation.note.empty()) object["note"] = observation.note;
  return object;
}

std::optional<ObservationKind> parse_kind(std::string_view word) {
  for (const auto kind : {ObservationKind::seen, ObservationKind::passed, ObservationKind::ham,
                          ObservationKind::spam, ObservationKind::sentenced}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<Observation> parse_observation(const json::object& object, const ClientKey& client) {
  const auto kind = parse_kind(text_member(object, "kind"));
  if (!kind) return std::nullopt;
  Observation observation{*kind, client, time_in(object, "at")};
  if (member(object, "of")) {
    const auto key = parse_key(text_member(object, "of"));
    if (!key) return std::nullopt;
    observation.of = *key;
  }
  observation.count = count_in(object, "count", observation.count);
  observation.weight = count_in(object, "weight", observation.weight);
  observation.half_life = length_in(object, "half_life");
  observation.praised_by = whole_member(object, "praised_by").value_or(0);
  if (member(object, "sentence"))
    observation.sentence = parse_sentence(object_member(object, "sentence"));
  observation.observed = flag_member(object, "observed");
  observation.note = text_member(object, "note");
  return observation;
}

WallTime seconds_in(const json::object& object, Key key) {
  const auto milliseconds = 1000 * number_member(object, key);
  const bool possible = milliseconds >= 0 && milliseconds <= static_cast<double>(kTimeMax);
  return possible ? wall_time(std::llround(milliseconds)) : kNever;
}

// Why it is none, or nothing.
std::string trouble_of(const json::object& object, const AppliedClient& client) {
  for (const auto& value : object) {
    const Key key(value.key().data(), value.key().size());
    constexpr std::array<Key, 6> kOthers{"client",           "first",  "last",
                                         "evidence_classes", "reason", "detail"};
    const bool counts = std::any_of(kCountsOfClient.begin(), kCountsOfClient.end(),
                                    [&](const auto& row) { return row.first == key; });
    if (!counts && std::find(kOthers.begin(), kOthers.end(), key) == kOthers.end())
      return fmt::format("no \"{}\" is known here", escape(key, 40));
  }
  if (client.first <= kNever || client.last < client.first)
    return "first, last: expected moments in seconds, the earlier first";
  if (client.evidence_classes < 1 || client.evidence_classes > kClassesMax)
    return fmt::format("evidence_classes: expected 1 to {}", kClassesMax);
  if (client.strikes > 0 && client.reason == CheckName{}) return "reason: expected a check's name";
  if (client.detail.size() > kDetailLengthMax)
    return fmt::format("detail: expected at most {} bytes", kDetailLengthMax);
  return {};
}

}  // namespace

std::optional<std::uint64_t> whole_member(const json::object& object, std::string_view key) {
  const auto* const value = member(object, key);
  if (!value) return std::nullopt;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64() && value->get_int64() >= 0)
    return static_cast<std::uint64_t>(value->get_int64());
  return std::nullopt;
}

json::object applied_json(const AppliedClient& client) {
  json::object object;
  object["client"] = client.client.to_string();
  for (const auto& [key, count] : kCountsOfClient) put(object, key, client.*count);
  object["first"] = json_seconds(client.first);
  object["last"] = json_seconds(client.last);
  if (client.strikes == 0) return object;
  object["evidence_classes"] = client.evidence_classes;
  object["reason"] = to_string(client.reason);
  object["detail"] = client.detail;
  return object;
}

Result<AppliedClient> parse_applied(const json::value& value, WallTime now) {
  if (!value.is_object()) return Error{"clients: expected objects"};
  const auto& object = value.get_object();
  const auto text = text_member(object, "client");
  const auto address = parse_client(text);
  if (!address)
    return Error{fmt::format("client: expected an address, not \"{}\"", escape(text, 60))};
  AppliedClient client;
  client.client = ClientKey(*address);
  for (const auto& [key, count] : kCountsOfClient) {
    client.*count = count_in(object, key);
    if (member(object, key) && whole_member(object, key) != std::uint64_t{client.*count})
      return Error{fmt::format("{} of {}: expected a number", key, client.client.to_string())};
  }
  client.first = std::min(seconds_in(object, "first"), now);
  client.last = std::min(seconds_in(object, "last"), now);
  if (member(object, "evidence_classes"))
    client.evidence_classes = static_cast<std::uint8_t>(
        std::min(count_in(object, "evidence_classes"), std::uint32_t{kClassesMax + 1}));
  const auto reason = parse_check_name(text_member(object, "reason"));
  if (reason && *reason != CheckName::operator_) client.reason = *reason;
  client.detail = text_member(object, "detail");
  if (const auto trouble = trouble_of(object, client); !trouble.empty())
    return Error{fmt::format("{} (of {})", trouble, client.client.to_string())};
  return client;
}

const Observation* MinedShare::sentence() const {
  const auto given =
      std::find_if(observations.begin(), observations.end(), [](const Observation& observation) {
        return observation.kind == ObservationKind::sentenced;
      });
  return given == observations.end() ? nullptr : &*given;
}

json::object mined_json(const MinedShare& mined) {
  json::object object;
  object["client"] = mined.client.to_string();
  if (mined.before.known()) object["before"] = record_json(mined.before);
  json::array observations;
  for (const auto& observation : mined.observations)
    observations.push_back(observation_json(observation, mined.client));
  object["observed"] = std::move(observations);
  return object;
}

std::optional<MinedShare> parse_mined(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  const auto address = parse_client(text_member(object, "client"));
  if (!address) return std::nullopt;
  MinedShare mined;
  mined.client = ClientKey(*address);
  mined.before = parse_record(object_member(object, "before"));
  for (const auto& element : array_member(object, "observed")) {
    auto observation =
        element.is_object() ? parse_observation(element.get_object(), mined.client) : std::nullopt;
    if (!observation) return std::nullopt;
    mined.observations.push_back(*std::move(observation));
  }
  return mined;
}

std::vector<Observation> taking_back(const MinedShare& mined) {
  std::vector<Observation> all;
  auto record = mined.before;
  for (const auto& observation : mined.observations) {
    if (observation.of == RecordKey(mined.client)) {
      all.push_back(taking_back(observation, record));
      apply(record, observation);
    } else {
      all.push_back(taking_back(observation, Record{}));
      all.back().before = nullptr;  // which changed with each of its clients
    }
  }
  std::reverse(all.begin(), all.end());
  return all;
}

}  // namespace gatepost
