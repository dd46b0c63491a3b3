// decision: what it costs to decide how a newcomer is received, on a ledger of millions of records.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "allocations.h"
#include "filled_ledger.h"
#include "gate/settings.h"
#include "gate/welcome.h"
#include "model/address.h"
#include "model/record.h"

namespace {

using namespace gatepost;

using namespace gatepost::bench;

constexpr std::uint32_t kTriedWithoutCalls = 100'000;

// As sessions leave them: all were seen, most delivered something, a few erred.
void remember_one(Ledger& ledger, std::uint32_t number, const Address& address) {
  const auto at = kNow - std::chrono::minutes(number % 40'000);
  Observation observation{ObservationKind::seen, ClientKey(address), at};
  ledger.observe(observation);
  observation.kind = number % 4 == 0 ? ObservationKind::errors : ObservationKind::passed;
  observation.tried = 3;
  observation.window = std::chrono::hours(1);
  ledger.observe(observation);
}

class Decisions {
 public:
  Decisions(const Ledger& ledger, std::uint32_t count, bool known)
      : ledger_(ledger), count_(count), known_(known) {}

  Welcome next() {
    number_ = (number_ + 7'919) % count_;
    return welcome(Newcomer{address_of(number_, known_)}, settings_, ledger_, kNow);
  }

 private:
  const Settings settings_ = usual_settings();
  const Ledger& ledger_;
  const std::uint32_t count_;
  const bool known_;
  std::uint32_t number_ = 0;
};

// How many decisions a thread makes that the kernel ends at its first system call: all, or one of
// them made one.
std::uint32_t decided_without_system_calls(Decisions& decisions) {
  std::atomic<std::uint32_t> decided = 0;
  std::thread confined([&] {
    benchmark::DoNotOptimize(decisions.next());  // the thread's first may set things up
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) std::abort();
    while (decided < kTriedWithoutCalls) {
      benchmark::DoNotOptimize(decisions.next());
      ++decided;
    }
    syscall(SYS_exit, 0);  // what stands behind a thread's function makes others
  });
  confined.join();
  return decided;
}

void decide(benchmark::State& state, const Ledger& ledger, std::uint32_t count, bool known) {
  Decisions decisions(ledger, count, known);
  for (int warm = 0; warm < 100'000; ++warm) benchmark::DoNotOptimize(decisions.next());
  const auto before = allocations();
  for (auto _ : state) benchmark::DoNotOptimize(decisions.next());
  const auto made = static_cast<double>(allocations() - before);
  const auto without = decided_without_system_calls(decisions);
  state.counters["allocations"] = made / static_cast<double>(state.iterations());
  state.counters["without_syscall"] =
      static_cast<double>(without) / static_cast<double>(kTriedWithoutCalls);
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  CLI::App app("Decides how newcomers are received; Google Benchmark's options come first.");
  std::string folder;
  std::vector<std::uint32_t> records;
  app.add_option("--ledgers", folder, "where they are, or will be")->required();
  app.add_option("--records", records, "of each ledger")->required()->check(CLI::Range(1, 1 << 30));
  CLI11_PARSE(app, count, words);
  std::vector<std::unique_ptr<Ledger>> ledgers;
  for (const auto number : records) {
    ledgers.push_back(
        open_filled(fmt::format("{}/bench-ledger-{}", folder, number), number, remember_one));
    for (const bool known : {false, true}) {
      benchmark::RegisterBenchmark(
          fmt::format("{}/{}", known ? "known" : "new", number).c_str(),
          [&ledger = *ledgers.back(), number, known](benchmark::State& state) {
            decide(state, ledger, number, known);
          });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
