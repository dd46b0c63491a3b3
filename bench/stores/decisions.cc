// Implements bench/stores/decisions.h.
#include "decisions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "../load/samples.h"
#include "opened_ledger.h"
#include "walk.h"

namespace gatepost::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPage = 1'000;  // records of one list

// `take` is given the records behind `after`, one by one, as long as it wants more and nobody asks
// to stop.
void read_records(const Ledger& ledger, const std::optional<ClientKey>& after,
                  const std::stop_token& stop,
                  const std::function<bool(const ClientKey&, const Record&)>& take) {
  ledger.records(after, [&](const ClientKey& client, const Record& record) {
    return !stop.stop_requested() && take(client, record);
  });
}

// One page after the other, each from somewhere else.
void list(Ledger& ledger, Clients known, const std::stop_token& stop) {
  for (Walk walk(known); !stop.stop_requested();) {
    std::size_t count = 0;
    read_records(ledger, ClientKey(Address::v4(walk.next())), stop,
                 [&](const ClientKey&, const Record&) { return ++count < kPage; });
  }
}

// All of them, over and over, each made into a line.
void export_all(Ledger& ledger, Clients /*known*/, const std::stop_token& stop) {
  std::string line;
  while (!stop.stop_requested()) {
    read_records(ledger, std::nullopt, stop, [&](const ClientKey& client, const Record& record) {
      line.clear();
      fmt::format_to(std::back_inserter(line),
                     R"({{"client": "{}", "seen": [{}, {}], "spam": {}}})", client.to_string(),
                     epoch_milliseconds(record.first_seen), epoch_milliseconds(record.last_seen),
                     record.spam);
      return !line.empty();
    });
  }
}

// Copies of the whole, one after the other.
void back_up(Ledger& ledger, Clients /*known*/, const std::stop_token& stop) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("gatepost-{}", ::getpid());
  while (!stop.stop_requested()) {
    const auto copy = ledger.backup(file, [&] { return !stop.stop_requested(); });
    if (!copy && !stop.stop_requested()) end_for(copy.error());
  }
  std::filesystem::remove(file);
}

void rest(Ledger& /*ledger*/, Clients /*known*/, const std::stop_token& /*stop*/) {}

// As a gate with 10,000 sessions a second.
void update(Ledger& ledger, Clients known, const std::stop_token& stop) {
  for (Walk walk(known); !stop.stop_requested();) {
    for (int session = 0; session < 100; ++session) come_again(ledger, walk.next());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

struct Meanwhile {
  const char* name;
  void (*work)(Ledger& ledger, Clients known, const std::stop_token& stop);
};
constexpr std::array kMeanwhile{Meanwhile{"nothing", rest}, Meanwhile{"listed", list},
                                Meanwhile{"exported", export_all}, Meanwhile{"backed up", back_up},
                                Meanwhile{"updated", update}};

Samples decide(const Ledger& ledger, Walk& walk, double seconds) {
  Samples took;
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  for (auto before = Clock::now(); before < until;) {
    if (!look_around(ledger, Address::v4(walk.next()))) end_for("a client is not known");
    const auto after = Clock::now();
    took.add(std::chrono::duration<double>(after - before).count());
    before = after;
  }
  return took;
}

}  // namespace

void measure_decisions(const std::string& place, Clients known, double seconds) {
  const auto ledger = open_ledger(place);
  Walk walk(known);
  decide(*ledger, walk, seconds);  // what it reads is mapped from then on
  for (const auto& [name, work] : kMeanwhile) {
    Samples took;
    {
      const std::jthread other(
          [&, work = work](const std::stop_token& stop) { work(*ledger, known, stop); });
      took = decide(*ledger, walk, seconds);
    }
    fmt::print(
        R"({{"meanwhile": "{}", "decisions": {}, "p50": {}, "p99": {}, "p99.9": {}, "worst": {}}})"
        "\n",
        name, took.count(), took.at(0.5), took.at(0.99), took.at(0.999), took.at(1));
  }
  end_if_lost(*ledger);
}

}  // namespace gatepost::bench
