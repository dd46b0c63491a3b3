// The ledger, as the gate uses it.
#include <chrono>
#include <thread>
#include <utility>

#include "checks/settings.h"
#include "gate/ports/ledger.h"
#include "gate/repute.h"
#include "ledger/lmdb/lmdb_ledger.h"
#include "opened_ledger.h"
#include "portions.h"
#include "store.h"

namespace gatepost::bench {
namespace {

constexpr WallTime kThenExactly = wall_time(std::int64_t{kThen} * 1000);

// 700 bytes each: as many as a commit can be made of, and none is given up.
constexpr std::uint64_t kWaitingMax = 75'000;

constexpr int kFlushesMax = 20;  // of half a minute at the most

const CheckSettings& usual() {
  static const CheckSettings settings;
  return settings;
}

Observation seen(const Address& address, WallTime at) {
  Observation observation{ObservationKind::seen, ClientKey(address), at};
  observation.window = usual().rate.connections.window;
  return observation;
}

// As the end of a session leaves it, and the hours after: what was counted for a rate is over.
void remember(Ledger& ledger, std::size_t number, const Address& address) {
  const auto at = kThenExactly - std::chrono::seconds(number * 7'919 % 2'000'000);
  if (has_delivered(number))
    ledger.observe(Observation{ObservationKind::passed, ClientKey(address), at});
  ledger.observe(Observation{ObservationKind::seen, ClientKey(address), at});
  if (has_sent_spam(number))
    observe_mail(ledger, usual().score, ObservationKind::spam, address, at);
}

// What waits, and be it so much that flush() loses its patience.
void commit(Ledger& ledger) {
  const auto before = ledger.health().batches;
  for (int tries = 0; tries < kFlushesMax && ledger.health().batches == before; ++tries)
    ledger.flush();
}

class GatepostStore final : public Store {
 public:
  explicit GatepostStore(const std::string& place) : ledger_(open_ledger(place)) {}

  std::size_t look_up(Clients clients, Ask ask) override {
    std::size_t known = 0;
    for (const auto bits : clients) {
      const auto address = Address::v4(bits);
      const bool found = ask == Ask::client ? ledger_->lookup(ClientKey(address)).known()
                                            : look_around(*ledger_, address);
      if (found) ++known;
    }
    return known;
  }

  // As fast as the ledger commits: it would give up what does not fit into memory.
  void update(Clients clients) override {
    for (const auto client : clients) come_again(*ledger_, client);
    updated_ += clients.size();
    while (waiting() > kWaitingMax) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void end_batch() override {}  // it commits by itself, within a tenth of a second

  void finish() override {
    ledger_->flush();
    end_if_lost(*ledger_);
  }

 private:
  // Those that may not even be in a commit under way.
  std::uint64_t waiting() {
    const auto commits = ledger_->health().batches;
    if (std::exchange(commits_, commits) != commits) updated_at_commit_ = updated_;
    return updated_ - updated_at_commit_;
  }

  const std::unique_ptr<Ledger> ledger_;
  std::uint64_t updated_ = 0;
  std::uint64_t updated_at_commit_ = 0;  // when one was last seen to have ended
  std::uint64_t commits_ = 0;
};

void fill(const std::string& place, Clients clients) {
  LmdbOptions options;
  options.sync = false;
  options.commit_interval = std::chrono::hours(1);
  options.pending_bytes_max = clients_in_portion(clients.size()) * 4096;  // twice as much, and more
  const auto ledger = open_ledger(place, options);
  load_in_portions(
      clients,
      [&](std::size_t number, std::uint32_t address) {
        remember(*ledger, number, Address::v4(address));
      },
      [&] { commit(*ledger); });
  end_if_lost(*ledger);
  if (ledger->health().records != clients.size()) end_for(place + ": not all are there");
}

std::unique_ptr<Store> open(const std::string& place) {
  return std::make_unique<GatepostStore>(place);
}

}  // namespace

std::unique_ptr<Ledger> open_ledger(const std::string& place, const LmdbOptions& options) {
  auto opened = open_lmdb_ledger(place, options);
  if (!opened) end_for(opened.error());
  return std::move(opened).value();
}

bool look_around(const Ledger& ledger, const Address& address) {
  const bool known = ledger.lookup(ClientKey(address)).known();
  ledger.lookup(RecordKey::of_network(Network(address, 24)));
  return known;
}

void end_if_lost(const Ledger& ledger) {
  if (const auto health = ledger.health(); health.lost > 0)
    end_for("changes were lost: " + health.trouble);
}

void come_again(Ledger& ledger, std::uint32_t client) {
  ledger.observe(seen(Address::v4(client), kThenExactly));
}

const StoreKind kGatepost{"gatepost", fill, open, lmdb_bytes_in_use};

}  // namespace gatepost::bench
