// stores: the ledger, and what it is compared with, filled with the same clients, asked and
// changed.
#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "decisions.h"
#include "population.h"
#include "store.h"
#include "walk.h"

void gatepost::bench::end_for(const std::string& reason) {
  fmt::print(stderr, "stores: {}\n", reason);
  std::exit(2);
}

namespace {

using namespace gatepost::bench;

using Clock = std::chrono::steady_clock;

constexpr auto kBatch = std::chrono::milliseconds(100);
constexpr std::size_t kAtOnce = 100;  // clients, asked or changed between two looks at the clock
constexpr std::size_t kAsked =
    250'000;  // different ones: what they touch is in no processor's cache
constexpr std::size_t kStrangers = 1'000'000;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double own_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// What was written is not written back to disk while something else is measured.
void sync_files(const std::string& place) {
  if (!std::filesystem::is_directory(place)) return;
  for (const auto& file : std::filesystem::directory_iterator(place)) {
    const int fd = ::open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ::fsync(fd) != 0) end_for(file.path().string() + ": cannot be synced");
    ::close(fd);
  }
}

void fill(const StoreKind& kind, const std::string& place, Clients known) {
  const auto began = Clock::now();
  kind.fill(place, known);
  const auto took = since(began);
  sync_files(place);
  fmt::print(R"({{"seconds": {}, "bytes": {}}})"
             "\n",
             took, kind.bytes_in_use(place));
}

void answer_first(const StoreKind& kind, const std::string& place, std::uint32_t client) {
  const std::array one{client};
  const auto store = kind.open(place);
  if (store->look_up(one, Ask::client) != 1) end_for("it does not know the client");
  fmt::print("{{\"known\": true}}\n");
  std::fflush(stdout);  // now, for closing is no part of the answer
}

std::vector<std::uint32_t> some_of(Clients clients) {
  Walk walk(clients);
  std::vector<std::uint32_t> some(std::min(clients.size(), kAsked) / kAtOnce * kAtOnce);
  for (auto& one : some) one = walk.next();
  return some;
}

// `clients` as many at once as a batch has; ends the program unless all are known, or none is.
void look_up(Store& store, Clients clients, bool are_known, Ask ask) {
  if (store.look_up(clients, ask) != (are_known ? clients.size() : 0)) end_for("it knows others");
}

// Once for what is read to be mapped, and then over and over.
void look_up(const StoreKind& kind, const std::string& place, Clients clients, bool are_known,
             Ask ask, double seconds) {
  const auto store = kind.open(place);
  const auto some = some_of(clients);
  for (std::size_t at = 0; at < some.size(); at += kAtOnce)
    look_up(*store, Clients(some).subspan(at, kAtOnce), are_known, ask);
  const auto cpu_seconds = [&] { return own_cpu_seconds() + store->server_cpu_seconds(); };
  const auto began = Clock::now();
  const auto before = cpu_seconds();
  std::size_t lookups = 0;
  for (; since(began) < seconds; lookups += kAtOnce)
    look_up(*store, Clients(some).subspan(lookups % some.size(), kAtOnce), are_known, ask);
  fmt::print(R"({{"lookups": {}, "seconds": {}, "cpu": {}}})"
             "\n",
             lookups, since(began), cpu_seconds() - before);
}

void update(const StoreKind& kind, const std::string& place, Clients known, double seconds) {
  const auto store = kind.open(place);
  Walk walk(known);
  std::array<std::uint32_t, kAtOnce> some{};
  std::size_t updates = 0;
  const auto began = Clock::now();
  while (since(began) < seconds) {
    const auto batch = Clock::now();
    while (Clock::now() - batch < kBatch) {
      for (auto& one : some) one = walk.next();
      store->update(some);
      updates += some.size();
    }
    store->end_batch();
  }
  store->finish();
  fmt::print(R"({{"updates": {}, "seconds": {}}})"
             "\n",
             updates, since(began));
}

struct Words {
  std::string store;
  std::string place;
  std::string file;
  std::size_t records = 0;
  std::string what;
  std::uint32_t client = 0;
  double seconds = 1;
};

const std::map<std::string, const StoreKind*>& kinds() {
  static const std::map<std::string, const StoreKind*> kinds{
      {"gatepost", &kGatepost}, {"lmdb", &kLmdb}, {"sqlite", &kSqlite}, {"redis", &kRedis}};
  return kinds;
}
const StoreKind& kind_of(const Words& words) { return *kinds().at(words.store); }
Population population_of(const Words& words) { return read_population(words.file, words.records); }

void make_addresses(const Words& words) {
  const auto shape = words.what == "random" ? Shape::random : Shape::clustered;
  const auto strangers = std::min(words.records, kStrangers);
  write_population(make_population(words.records, strangers, shape), words.file);
}

void look_up(const Words& words) {
  const auto population = population_of(words);
  const bool known = words.what != "strangers";
  const auto ask = words.what == "neighbours" ? Ask::with_neighbourhood : Ask::client;
  look_up(kind_of(words), words.place, known ? population.known : population.strangers, known, ask,
          words.seconds);
}

void add_store(CLI::App& verb, Words& words) {
  verb.add_option("store", words.store, "gatepost, lmdb, sqlite or redis")
      ->required()
      ->check(CLI::IsMember(kinds()));
  verb.add_option("place", words.place, "its folder, or its socket")->required();
}

void add_population(CLI::App& verb, Words& words) {
  verb.add_option("--addresses", words.file, "the file of them")->required();
  verb.add_option("--records", words.records, "how many of them are known")
      ->required()
      ->check(CLI::Range(std::size_t{100}, std::size_t{1} << 30));
}

void add_choice(CLI::App& verb, const char* name, const std::vector<std::string>& of,
                Words& words) {
  verb.add_option(name, words.what)->required()->check(CLI::IsMember(of));
}

// A verb that does `work` for some seconds.
CLI::App& add_measure(CLI::App& app, const char* name, const char* what, Words& words,
                      const std::function<void()>& work) {
  auto& verb = *app.add_subcommand(name, what);
  add_store(verb, words);
  add_population(verb, words);
  verb.add_option("--seconds", words.seconds, "how long, at the least");
  verb.callback(work);
  return verb;
}

void add_verbs(CLI::App& app, Words& words) {
  auto& addresses = *app.add_subcommand("addresses", "makes up a file of addresses");
  add_population(addresses, words);
  add_choice(addresses, "--shape", {"random", "clustered"}, words);
  addresses.callback([&] { make_addresses(words); });

  auto& first = *app.add_subcommand("first", "opens a store and asks once");
  add_store(first, words);
  first.add_option("--client", words.client, "the number that is its address")->required();
  first.callback([&] { answer_first(kind_of(words), words.place, words.client); });

  add_measure(app, "fill", "fills it: how long, and the bytes in use", words,
              [&] { fill(kind_of(words), words.place, population_of(words).known); });
  add_choice(add_measure(app, "lookups", "asks for many", words, [&] { look_up(words); }), "--of",
             {"clients", "strangers", "neighbours"}, words);
  add_measure(app, "updates", "changes many, durably", words, [&] {
    update(kind_of(words), words.place, population_of(words).known, words.seconds);
  });
  add_measure(app, "decisions", "asks the ledger while it is busy", words,
              [&] { measure_decisions(words.place, population_of(words).known, words.seconds); });
}

}  // namespace

int main(int count, char** words_given) try {
  CLI::App app("What stores of clients cost, in lines of JSON.");
  app.require_subcommand(1);
  Words words;
  add_verbs(app, words);
  CLI11_PARSE(app, count, words_given);
  return 0;
} catch (const std::exception& failure) {
  end_for(failure.what());
}
