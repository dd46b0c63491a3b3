// decide: what the judgement of whole sessions costs, on a ledger of a million records.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocations.h"
#include "filled_ledger.h"
#include "gate/breaker.h"
#include "gate/judge.h"
#include "gate/welcome.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "ledger/memory/memory_ledger.h"
#include "visitors.h"

namespace {

using namespace gatepost;
using namespace gatepost::bench;

// What a busy gate leaves to the commit of a tenth of a second; no ledger gives anything up so.
constexpr std::uint32_t kFlushEach = 10'000;  // sessions
constexpr std::uint32_t kVisitorsEach = 16'384;

class Silent final : public Recorder {
 public:
  void decided(const Verdict&, const SessionFacts&, WallTime) override {}
  void sentenced(const Sentence&, const Verdict&, const SessionFacts&, WallTime) override {}
  void ended(const SessionSummary& summary) override { ++of_action[action(summary.verdict)]; }
  void alarm(std::string_view, std::string_view, WallTime) override {}

  static std::size_t action(const Verdict& verdict) {
    return static_cast<std::size_t>(verdict.action);
  }
  std::array<std::uint64_t, 5> of_action{};
};

struct Gate {
  const Settings& settings;
  Ledger& ledger;
  Silent recorder{};
  Breaker breaker{recorder};
};

// As the proxy drives a judge: a message to two recipients, where it is not refused.
void run_session(Gate& gate, const Visitor& visitor) {
  static const Mailbox kRecipients[] = {{"somebody", "example.org"}, {"else", "example.org"}};
  const auto now = kNow;
  const Newcomer who{visitor.address};
  benchmark::DoNotOptimize(welcome(who, gate.settings, gate.ledger, now, &gate.breaker));
  SessionFacts facts;
  facts.id = "01KB3Z8QK0QRS";
  facts.door = "smtp";
  facts.client = {visitor.address, 40'000};
  facts.began = now;
  SessionJudge judge(gate.settings, gate.ledger, gate.recorder, std::move(facts), visitor.questions,
                     &gate.breaker);
  judge.came(now);
  judge.facts().helo = visitor.helo;
  judge.transaction_began(visitor.sender);
  const bool asks = judge.name_needs_a_sender();
  benchmark::DoNotOptimize(asks ? judge.might_refuse(now) : judge.would_refuse(now));
  if (asks) judge.sender_leads_here(Leads::no);
  bool accepted = false;
  for (const auto& recipient : kRecipients) {
    if (judge.at_recipient(recipient, now)) continue;
    judge.recipient_answered(false, now);
    accepted = true;
  }
  if (accepted && !judge.at_data(now)) {
    judge.facts().bytes += 2'000;
    judge.command_tried(false, now);
    judge.message_passed(now);
  }
  judge.transaction_ended();
  judge.ended("client", now);
}

// Of ten who come: bots more than others.
constexpr std::array kMix{Kind::unknown, Kind::consumer, Kind::jailed,  Kind::good,
                          Kind::listed,  Kind::consumer, Kind::unknown, Kind::good,
                          Kind::blocked, Kind::consumer};

double own_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// `work` for each of the visitors in turn; by all threads' time, and by this one's.
void measure(benchmark::State& state, Ledger& ledger, const std::vector<const Visitor*>& visitors,
             const std::function<void(const Visitor&)>& work) {
  std::size_t at = 0;
  std::uint32_t until_flush = kFlushEach;
  const auto began = own_seconds();
  const auto before = allocations();
  for (auto _ : state) {
    work(*visitors[at]);
    if (++at == visitors.size()) at = 0;
    if (--until_flush == 0) {
      ledger.flush();
      until_flush = kFlushEach;
    }
  }
  const auto sessions = static_cast<double>(state.iterations());
  state.counters["allocations"] = static_cast<double>(allocations() - before) / sessions;
  state.counters["own_ns"] = (own_seconds() - began) * 1e9 / sessions;
  if (const auto health = ledger.health(); health.lost > 0)
    state.SkipWithError("changes were lost");
}

std::vector<const Visitor*> visitors_of(const Visitors& all, const std::vector<Kind>& kinds) {
  std::vector<const Visitor*> some;
  std::array<std::size_t, kKinds.size()> next{};
  for (std::size_t i = 0; i < kVisitorsEach * kKinds.size(); ++i) {
    const auto kind = kinds[i % kinds.size()];
    const auto& those = all.of(kind);
    some.push_back(&those[next[static_cast<std::size_t>(kind)]++ % those.size()]);
  }
  return some;
}

void add_benchmarks(const std::string& ledger_name, Gate& gate, const Visitors& all) {
  const auto add = [&](const std::string& name, const std::vector<Kind>& kinds, const auto& work) {
    benchmark::RegisterBenchmark(
        fmt::format("{}/{}", name, ledger_name).c_str(),
        [&gate, visitors = visitors_of(all, kinds), work](benchmark::State& state) {
          measure(state, gate.ledger, visitors, work);
        })
        ->MeasureProcessCPUTime();
  };
  const std::vector<Kind> mix(kMix.begin(), kMix.end());
  const auto session = [&gate](const Visitor& visitor) { run_session(gate, visitor); };
  add("lookup", mix, [&gate](const Visitor& visitor) {
    benchmark::DoNotOptimize(gate.ledger.lookup(ClientKey(visitor.address)));
  });
  add("mixed", mix, session);
  for (const auto kind : kKinds) add(std::string(to_string(kind)), {kind}, session);
}

// A copy, for sessions change it.
std::unique_ptr<Ledger> copy_of_filled(const std::string& kept, const std::string& scratch,
                                       std::uint32_t records) {
  const auto folder = fmt::format("{}/bench-sessions-{}", kept, records);
  open_filled(folder, records, remember_one).reset();
  const auto copy = scratch + "/ledger";
  std::filesystem::copy(folder, copy);
  auto opened = open_lmdb_ledger(copy);
  if (opened) return std::move(opened).value();
  fmt::print(stderr, "{}\n", opened.error());
  std::exit(2);
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  CLI::App app("Judges whole sessions; Google Benchmark's options come first.");
  std::string kept;
  std::string scratch;
  std::uint32_t records = 0;
  app.add_option("--ledgers", kept, "where ledgers are, or will be, kept")->required();
  app.add_option("--scratch", scratch, "a folder for a copy")->required();
  app.add_option("--records", records, "of the ledgers")
      ->required()
      ->check(CLI::Range(100, 1 << 30));
  CLI11_PARSE(app, count, words);

  const auto settings = settings_of_a_gate();
  const auto on_disk = copy_of_filled(kept, scratch, records);
  MemoryLedger in_memory({.records = records + 10 * kVisitorsEach, .sessions = 1, .verdicts = 1});
  fill(in_memory, records, remember_one);
  Silent nobody;
  const Visitors all(settings, nobody, records, kVisitorsEach);
  Gate with_lmdb{settings, *on_disk};
  Gate with_memory{settings, in_memory};
  add_benchmarks("lmdb", with_lmdb, all);
  add_benchmarks("memory", with_memory, all);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
