// The layout on disk is the one of docs/formats/ledger.md, byte by byte: golden/layout_6.txt; that
// of older ones is read.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lmdb.h>

#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/scratch_directory.h"

namespace gatepost {
namespace {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

constexpr const char* kTables[] = {"exceptions",
                                   "exceptions_by_name",
                                   "network_bans",
                                   "meta",
                                   "blocks",
                                   "active",
                                   "shared",
                                   "sessions",
                                   "verdicts",
                                   "sessions_by_client",
                                   "verdicts_by_client",
                                   "verdicts_by_id",
                                   "messages",
                                   "messages_by_client",
                                   "messages_by_id",
                                   "series"};

std::string hex(std::string_view bytes) {
  if (bytes.empty()) return "-";
  std::string digits;
  for (const char byte : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return digits;
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  if (digits == "-") return bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Lines "table key value", without those that begin with '#'.
Lines golden_lines(int layout = 6) {
  std::ifstream file(
      fmt::format("{}/src/ledger/lmdb/golden/layout_{}.txt", GATEPOST_SOURCE_DIR, layout));
  Lines lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

MDB_dbi open_table(Txn txn, const std::string& name) {
  MDB_dbi table = 0;
  must(mdb_dbi_open(txn, name.c_str(), MDB_CREATE, &table));
  return table;
}

// Without the name of the last batch, which is another each time.
Lines dump(const std::string& directory) {
  auto env = LmdbEnv::open(directory, std::size_t{16} << 20);
  Lines lines;
  WriteTxn txn(env.value()->get());
  for (const char* table : kTables) {
    Cursor cursor(txn, open_table(txn, table));
    for (bool more = cursor.first(); more; more = cursor.next()) {
      if (cursor.key() == "batch") continue;
      lines.push_back(fmt::format("{} {} {}", table, hex(cursor.key()), hex(cursor.value())));
    }
  }
  return lines;
}

void load(const std::string& directory, const Lines& lines) {
  auto env = LmdbEnv::open(directory, std::size_t{16} << 20);
  WriteTxn txn(env.value()->get());
  for (const auto& line : lines) {
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    const auto key = from_hex(line.substr(first + 1, second - first - 1));
    put(txn, open_table(txn, line.substr(0, first)), key, from_hex(line.substr(second + 1)));
  }
  txn.commit();
}

// What the golden file holds, as one writes it.
const ClientKey kFour(Address::v4(0xc0000207));  // 192.0.2.7
const ClientKey kSix(*Address::parse("2001:db8:1:2::3"));
const WallTime kAt = wall_time(1'700'000'000'000);

Observation made(ObservationKind kind, const RecordKey& client, WallTime at) {
  Observation observation;
  observation.kind = kind;
  observation.of = client;
  observation.at = at;
  return observation;
}

Sentence sentence() { return {kAt, kAt + 5min, 5min, 1, 1, CheckName::trap, "V1"}; }

std::vector<Observation> observations() {
  auto sentenced = made(ObservationKind::sentenced, kFour, kAt);
  sentenced.sentence = sentence();
  auto errors = made(ObservationKind::errors, kFour, kAt + 1s);
  errors.count = 3;
  errors.tried = 4;
  errors.window = 1h;
  auto passwords = made(ObservationKind::passwords, kFour, kAt + 2s);
  passwords.count = 5;
  passwords.tried = 6;
  passwords.window = 1h;
  auto released = made(ObservationKind::released, kSix, kAt + 2s);
  released.note = "by phone";
  return {made(ObservationKind::spam, kFour, kAt),
          sentenced,
          errors,
          passwords,
          made(ObservationKind::ham, kSix, kAt),
          released,
          made(ObservationKind::passed, kSix, kAt)};
}

const RecordKey kNetwork = RecordKey::of_network(*Network::parse("192.0.2.0/24"));

// What layout 1 did not have.
std::vector<Observation> newer_observations() {
  auto seen = made(ObservationKind::seen, kSix, kAt + 3s);
  seen.window = 1min;
  auto spam = made(ObservationKind::spam, kNetwork, kAt);
  spam.half_life = 24h;
  spam.weight = 500;
  return {seen, spam};
}

Observation organised() {
  return made(ObservationKind::passed,
              RecordKey::of_text(RecordKey::Kind::organisation, "example.net"), kAt);
}

// What layout 3 did not have.
std::vector<NetworkBan> network_bans() {
  return {{*Network::parse("198.51.100.0/24"), kAt, kAt + 24h, "drop.txt", "SBL1"},
          {*Network::parse("2001:db8:f00::/48"), kAt, kAt + 1h, "operator", ""}};
}

// What layout 4 did not have.
Observation written_to() {
  return made(ObservationKind::written_to,
              RecordKey::of_text(RecordKey::Kind::organisation, "example.org"), kAt);
}

// In the order in which they are to be learnt.
std::vector<ToldMessage> told_messages() {
  ToldMessage first{{1, 2}, kFour, kAt, "example.net", 1 << 5, false, {}, {}};
  first.claims = {{MailWord::ham, false, "rspamd", kAt}, {MailWord::spam, true, "user", kAt + 90s}};
  Record before;
  for (const auto& each : observations()) {
    if (each.of == RecordKey(kFour)) apply(before, each);
  }
  auto ham = made(ObservationKind::ham, kFour, kAt);
  ham.half_life = 24h;
  ham.praised_by = 1 << 5;
  auto missed = made(ObservationKind::missed_spam, kNetwork, kAt + 90s);
  missed.weight = 500;
  first.counted = {{ham, before}, {missed, Record{}}};
  ToldMessage second{{3}, kSix, kAt + 1h, "", 3, true, {}, {}};
  second.claims = {{MailWord::spam, true, "operator", kAt}};
  return {first, second};
}

// What layout 5 did not have.
void put_series(Ledger& ledger) {
  ledger.put_series({SeriesStep::minute, kAt, R"({"sessions":1})"});
  ledger.put_series({SeriesStep::day, wall_time(-1), "{}"});
}

void write_newest(Ledger& ledger) {
  ledger.observe(written_to());
  for (const auto& message : told_messages()) ledger.learn({}, message);
  put_series(ledger);
}

void write_all(Ledger& ledger) {
  for (const auto& observation : observations()) ledger.observe(observation);
  for (const auto& observation : newer_observations()) ledger.observe(observation);
  ledger.observe(organised());
  ledger.add_session({"S1", kFour, kAt, R"({"id": "S1"})"});
  ledger.add_session({"S2", kSix, wall_time(-1), "{}"});
  ledger.add_verdict({"V1", kFour, kAt, R"({"action": "jail"})"});
  ledger.add_exception({*Network::parse("192.0.2.0/24"), "a list", kAt});
  ledger.add_exception({*Network::parse("2001:db8::/32"), "", kNever});
  ledger.add_exception({ExceptedDomain{"lists.example"}, "by name", kAt});
  ledger.add_exception({ExceptedRecipient{"a@example.org"}, "", kAt});
  for (const auto& ban : network_bans()) EXPECT_TRUE(ledger.add_network_ban(ban));
  write_newest(ledger);
  ledger.flush();
}

TEST(Layout, WhatIsWrittenIsTheGoldenFile) {
  const ScratchDirectory directory;
  {
    auto ledger = open_lmdb_ledger(directory.path());
    ASSERT_TRUE(ledger) << ledger.error();
    write_all(*ledger.value());
  }
  const auto lines = dump(directory.path());
  EXPECT_EQ(lines, golden_lines()) << fmt::format("{}", fmt::join(lines, "\n"));
}

class OldLayouts : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Layout, OldLayouts, testing::Values(1, 2, 3, 4, 5));

TEST_P(OldLayouts, AreRead) {
  const ScratchDirectory directory;
  load(directory.path(), golden_lines(GetParam()));
  const auto opened = open_lmdb_ledger(directory.path());
  ASSERT_TRUE(opened) << opened.error();
  const Ledger& ledger = **opened;

  std::map<RecordKey, Record> records;
  for (const auto& observation : observations()) apply(records[observation.of], observation);
  if (GetParam() > 1) {
    for (const auto& each : newer_observations()) apply(records[each.of], each);
  }
  EXPECT_EQ(ledger.lookup(kNetwork), records[kNetwork]);
  EXPECT_EQ(ledger.lookup(kFour), records[kFour]);
  EXPECT_EQ(ledger.lookup(kSix), records[kSix]);
  EXPECT_EQ(ledger.lookup(kFour).sentence, sentence());
  EXPECT_EQ(ledger.lookup(kSix).note, "by phone");
  const auto sessions = ledger.last_sessions(kFour, 9);
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].json, R"({"id": "S1"})");
  EXPECT_EQ(ledger.last_sessions(kSix, 9).front().at, wall_time(-1));
  EXPECT_EQ(ledger.verdict("V1")->json, R"({"action": "jail"})");
  EXPECT_EQ(ledger.exception_for(kFour.address())->reason, "a list");
  EXPECT_EQ(ledger.exceptions().size(), GetParam() > 1 ? 4u : 2u);
  if (GetParam() > 1) {
    EXPECT_EQ(ledger.exception_for_name("mx.lists.example")->reason, "by name");
    EXPECT_EQ(ledger.exception_for_recipient("a@example.org")->added, kAt);
  }
  EXPECT_EQ(ledger.network_bans(), GetParam() > 3 ? network_bans() : std::vector<NetworkBan>());
  EXPECT_EQ(ledger.messages_of(kFour, 9).size(), GetParam() > 4 ? 1u : 0u);
  ledger.series(SeriesStep::minute, WallTime::min(), WallTime::max(), [](const SeriesRow&) {
    ADD_FAILURE() << "a row of a series";
    return false;
  });
  EXPECT_TRUE(ledger.health().well) << ledger.health().trouble;
}

// As a crash leaves it that comes just after the bringing up was begun.
TEST(Layout, WhatIsHalfBroughtUpIsBroughtUp) {
  const ScratchDirectory directory;
  auto lines = golden_lines(2);
  for (auto& line : lines) {
    if (line.starts_with("meta " + hex("layout"))) line = "meta " + hex("layout") + " 03";
  }
  lines.push_back("meta " + hex("moving") + ' ' + hex("records"));
  load(directory.path(), lines);
  for (int round = 0; round < 2; ++round) {
    const auto opened = open_lmdb_ledger(directory.path());
    ASSERT_TRUE(opened) << opened.error();
    EXPECT_EQ((*opened)->lookup(kFour).sentence, sentence());
    EXPECT_EQ((*opened)->lookup(kSix).note, "by phone");
    EXPECT_EQ((*opened)->health().records, 2u);
  }
}

TEST_P(OldLayouts, BecomeTheNewOne) {
  const ScratchDirectory directory;
  load(directory.path(), golden_lines(GetParam()));
  {
    const auto opened = open_lmdb_ledger(directory.path());
    ASSERT_TRUE(opened) << opened.error();
    Ledger& ledger = **opened;
    EXPECT_EQ(ledger.health().records, 2u);
    if (GetParam() == 1) {
      EXPECT_FALSE(ledger.excepts_domains());
      ledger.add_exception({ExceptedDomain{"lists.example"}, "by name", kAt});
      ledger.add_exception({ExceptedRecipient{"a@example.org"}, "", kAt});
      for (const auto& observation : newer_observations()) ledger.observe(observation);
    }
    if (GetParam() < 3) ledger.observe(organised());
    if (GetParam() < 4) {
      for (const auto& ban : network_bans()) EXPECT_TRUE(ledger.add_network_ban(ban));
    }
    if (GetParam() < 5) {
      write_newest(ledger);
    } else {
      put_series(ledger);
    }
    ledger.flush();
  }
  auto wanted = golden_lines();
  auto lines = dump(directory.path());
  // Each of the two ledgers counts its own changes of the exceptions.
  const auto version = "meta " + hex("exceptions_version");
  const auto is_version = [&](const std::string& line) { return line.starts_with(version); };
  std::erase_if(wanted, is_version);
  std::erase_if(lines, is_version);
  EXPECT_EQ(lines, wanted);
}

TEST(Layout, NothingIsLeftOfWhatWasForgottenExpiredOrRemoved) {
  const ScratchDirectory directory;
  {
    auto opened = open_lmdb_ledger(directory.path());
    ASSERT_TRUE(opened) << opened.error();
    Ledger& ledger = **opened;
    write_all(ledger);
    EXPECT_TRUE(ledger.forget(kFour));
    ledger.add_session({"S3", kFour, kAt, ""});
    ledger.add_verdict({"V3", kFour, kAt, ""});
    ledger.flush();
    EXPECT_FALSE(ledger.expire_journal(kAt + 1s));
    EXPECT_FALSE(ledger.expire_messages(kAt + 1s));
    for (const auto step : {SeriesStep::minute, SeriesStep::day})
      EXPECT_FALSE(ledger.expire_series(step, kAt + 1s));
    ledger.flush();
    EXPECT_TRUE(ledger.forget(kSix));
    ledger.tidy_records(
        {}, [](const RecordKey&, const Record&) { return Fate::forget; }, kAt);
    for (const auto& exception : ledger.exceptions()) ledger.remove_exception(exception.whom);
    for (const auto& ban : ledger.network_bans()) ledger.remove_network_ban(ban.network);
  }
  for (const auto& line : dump(directory.path())) EXPECT_TRUE(line.starts_with("meta ")) << line;
}

// What open_lmdb_ledger() says of a golden file with one line put in place of another.
std::string refusal(const std::string& table_and_key, const std::string& line) {
  const ScratchDirectory directory;
  auto lines = golden_lines();
  bool replaced = false;
  for (auto& each : lines) {
    if (!each.starts_with(table_and_key)) continue;
    each = line;
    replaced = true;
  }
  EXPECT_TRUE(replaced) << table_and_key;
  load(directory.path(), lines);
  const auto opened = open_lmdb_ledger(directory.path());
  return opened ? "opened" : opened.error();
}

TEST(Layout, ANewerLayoutIsRefusedByName) {
  const auto layout = "meta " + hex("layout");
  EXPECT_EQ(refusal(layout, layout + " 06"), "opened");
  for (const auto* number : {"07", "00"}) {
    const auto error = refusal(layout, layout + ' ' + number);
    EXPECT_NE(error.find(fmt::format("another version of gatepost (layout {}, this one knows 1 to "
                                     "6)",
                                     number[1])),
              std::string::npos)
        << error;
  }
}

TEST(Layout, ADatabaseOfAnotherProgramIsRefused) {
  const auto program = "meta " + hex("program");
  const auto error = refusal(program, program + " " + hex("postfix"));
  EXPECT_NE(error.find("is a database of another program"), std::string::npos) << error;
}

TEST(Layout, ADamagedValueAtTheEndOfATableIsRefused) {
  for (const auto* table : {"blocks", "active", "shared", "sessions", "verdicts", "exceptions",
                            "exceptions_by_name", "network_bans", "messages", "series"}) {
    std::string first;
    for (const auto& line : golden_lines()) {
      if (line.starts_with(std::string(table) + " ") && first.empty()) first = line;
    }
    const auto error = refusal(first, first.substr(0, first.rfind(' ') + 1) + "07");
    EXPECT_NE(error.find("data.mdb"), std::string::npos) << table << ": " << error;
  }
}

}  // namespace
}  // namespace gatepost
