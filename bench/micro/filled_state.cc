// filled_state: a gate's state folder as it is after a busy year, for what shows and tells of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "doors/clock.h"
#include "filled_ledger.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ops/journal/journal_recorder.h"
#include "ops/series/series_book.h"

namespace gatepost::bench {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kJournalOf = hours(24 * 30);
constexpr Duration kSeriesOf = hours(24 * 400);
constexpr std::uint32_t kFlushEach = 20'000;

struct Words {
  std::string folder;
  std::uint32_t sessions = 1'000'000;
  std::uint32_t jailed = 100'000;
};

// Each third is let in; the others fall to what botnets fall to.
Verdict verdict_of(std::uint32_t number, const std::string& id) {
  static const std::array kFindings{
      Finding{CheckName::pregreet, EvidenceClass::protocol, Treatment::jail, 0,
              "it talked after 0.4 s of 20 s"},
      Finding{CheckName::trap, EvidenceClass::conduct, Treatment::jail, 0,
              "it wrote to the trap buy@example.org"},
      Finding{CheckName::helo, EvidenceClass::identity, Treatment::tempfail, 0,
              "it called itself by our name"}};
  if (number % 3 == 0) return {};
  const auto& finding = kFindings[number % kFindings.size()];
  const auto action = finding.treatment == Treatment::jail ? Action::jail : Action::tempfail;
  return {action, 0, {finding}, id, false};
}

SessionSummary summary_of(std::uint32_t number, WallTime began) {
  SessionSummary summary;
  auto& facts = summary.facts;
  facts.id = fmt::format("B{:08}", number);
  facts.door = "smtp";
  facts.client = {address_of(number % 300'000, true), 40'000};
  facts.began = began;
  facts.greeted = true;
  facts.greet_waited = seconds(number % 21);
  facts.helo = fmt::format("host-{}.dyn.example.net", number);
  facts.sender.local = fmt::format("user{}", number % 5'000);
  facts.sender.domain = "example.net";
  facts.recipients = {fmt::format("someone{}@example.org", number % 700)};
  facts.tried = 4;
  summary.ended = began + seconds(25);
  summary.verdict = verdict_of(number, facts.id + "-1");
  facts.messages = summary.verdict.action == Action::accept ? 1 : 0;
  summary.closed_by = "client";
  return summary;
}

void write_journal(Ledger& ledger, std::uint32_t count, WallTime now) {
  const auto settings = std::make_shared<const Settings>(usual_settings());
  JournalRecorder recorder(
      ledger, [settings] { return settings; }, [](LogLevel, std::string_view) {});
  for (std::uint32_t number = 0; number < count; ++number) {
    const auto began = now - kJournalOf + kJournalOf / count * number;
    const auto summary = summary_of(number, began);
    if (summary.verdict.action != Action::accept)
      recorder.decided(summary.verdict, summary.facts, began);
    recorder.ended(summary);
    ledger.observe({summary.facts.messages > 0 ? ObservationKind::ham : ObservationKind::spam,
                    ClientKey(summary.facts.client.address), began});
    if (number % kFlushEach == 0) ledger.flush();
  }
}

void put_into_jail(Ledger& ledger, std::uint32_t number, const Address& address, WallTime now) {
  Observation observation{ObservationKind::seen, ClientKey(address), now - minutes(number % 1'000)};
  ledger.observe(observation);
  observation.kind = ObservationKind::sentenced;
  const auto until = now + hours(1 + number % 240);
  const auto check = number % 3 == 0 ? CheckName::pregreet : CheckName::trap;
  observation.sentence = {observation.at,
                          until,
                          until - observation.at,
                          1 + number % 9,
                          1,
                          check,
                          fmt::format("B{:08}-1", number)};
  ledger.observe(observation);
}

// The hours of a year and the minutes of a day.
void write_series(Ledger& ledger, WallTime now) {
  const auto look = [&](WallTime at, double weight) {
    StepCounts counts;
    counts.samples = 1;
    for (std::size_t number = 0; number < kSeriesCount; ++number)
      counts.sums[number] = weight * static_cast<double>(1 + number % 7);
    counts.patterns[3] = 5;
    add_to_series(ledger, counts, at);
  };
  for (auto at = now - kSeriesOf; at < now - hours(24); at += hours(1)) look(at, 60);
  for (auto at = now - hours(24); at < now; at += minutes(1)) look(at, 1);
}

void fill_state(const Words& words) {
  std::filesystem::create_directories(words.folder);
  auto opened = open_lmdb_ledger(words.folder);
  if (!opened) throw std::runtime_error(opened.error());
  auto& ledger = **opened;
  const auto now = read_clocks().wall;
  write_journal(ledger, words.sessions, now);
  fill(ledger, words.jailed, [now](Ledger& filled, std::uint32_t number, const Address& address) {
    put_into_jail(filled, number, address, now);
  });
  write_series(ledger, now);
  ledger.flush();
  if (ledger.health().lost != 0) throw std::runtime_error("the ledger has lost some");
  fmt::print("{} records\n", ledger.health().records);
}

}  // namespace
}  // namespace gatepost::bench

int main(int count, char** words_given) try {
  CLI::App app("Fills a state folder as a busy year does.");
  gatepost::bench::Words words;
  app.add_option("folder", words.folder)->required();
  app.add_option("--sessions", words.sessions, "in the journal of 30 days")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--jailed", words.jailed, "addresses")->check(CLI::Range(1, 10'000'000));
  CLI11_PARSE(app, count, words_given);
  gatepost::bench::fill_state(words);
  return 0;
} catch (const std::exception& failure) {
  fmt::print(stderr, "filled_state: {}\n", failure.what());
  return 2;
}
