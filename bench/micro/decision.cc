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
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "gate/settings.h"
#include "gate/welcome.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "model/address.h"
#include "model/record.h"

namespace {

thread_local std::uint64_t allocations = 0;  // by the thread that is measured

void* allocate(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace gatepost;

constexpr std::uint32_t kFlushEach = 20'000;  // observations; well below what the overlay may hold
constexpr std::uint32_t kTriedWithoutCalls = 100'000;

const WallTime kNow = wall_time(1'790'000'000'000);

// All different for all numbers; whatever is odd is in no ledger of ours.
Address address_of(std::uint32_t number, bool known) {
  return Address::v4(number * 2'654'435'761u << 1 | (known ? 0u : 1u));
}

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

// The records in the order of addresses, in which they are written fastest.
void fill(Ledger& ledger, std::uint32_t count) {
  std::vector<std::uint32_t> bits;
  bits.reserve(count);
  for (std::uint32_t number = 0; number < count; ++number) {
    bits.push_back(address_of(number, true).v4_bits());
  }
  std::sort(bits.begin(), bits.end());
  for (std::uint32_t number = 0; number < count; ++number) {
    remember_one(ledger, number, Address::v4(bits[number]));
    if (number % kFlushEach == kFlushEach - 1) ledger.flush();
  }
  ledger.flush();
}

// Kept from run to run.
std::unique_ptr<Ledger> open_filled(const std::string& folder, std::uint32_t count) {
  std::filesystem::create_directories(folder);
  auto opened = open_lmdb_ledger(folder);
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error());
    std::exit(2);
  }
  auto ledger = std::move(opened).value();
  const auto before = ledger->health().records;
  if (before == 0) fill(*ledger, count);
  const auto health = ledger->health();
  if (health.records != count || health.lost != 0) {
    fmt::print(stderr, "{}: {} records, {} lost; remove it\n", folder, health.records, health.lost);
    std::exit(2);
  }
  return ledger;
}

// The settings that a gate has by default.
Settings usual_settings() {
  Settings settings;
  settings.mode = Mode::enforce;
  settings.hostname = "mx.example.org";
  for (const auto* const own : {"127.0.0.1", "::1"}) {
    settings.trusted.push_back(*Network::parse(own));
    settings.own_addresses.push_back(*Address::parse(own));
  }
  return settings;
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
  const auto before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(decisions.next());
  const auto made = static_cast<double>(allocations - before);
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
    ledgers.push_back(open_filled(fmt::format("{}/bench-ledger-{}", folder, number), number));
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
