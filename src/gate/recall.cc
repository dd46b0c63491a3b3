// Implements gate/recall.h.
#include "gate/recall.h"

#include "gate/written_to.h"

namespace gatepost {
namespace {

// So many half-lives, and less than a thousandth of what was said is left.
constexpr int kHalfLivesKept = 20;

}  // namespace

std::vector<Neighbours> neighbours_of(const Address& address, const ScoreSettings& settings) {
  std::vector<Neighbours> around;
  if (settings.as_numbers) {
    if (const auto system = settings.as_numbers->system_of(address)) around.emplace_back(*system);
  }
  if (address.is_v4()) {
    around.emplace_back(Network(address, 24));
  } else {
    for (const auto bits : {32u, 48u, 56u}) around.emplace_back(Network(address, bits));
  }
  return around;
}

RecordKey key_of(const Neighbours& neighbours) {
  const auto* const network = std::get_if<Network>(&neighbours);
  return network ? RecordKey::of_network(*network)
                 : RecordKey::of_system(std::get<AutonomousSystem>(neighbours));
}

Network crowd_of(const Address& address) { return {address, address.is_v4() ? 24u : 48u}; }

bool is_over(const RecordKey& key, const Record& record, const Settings& settings, WallTime now) {
  if (key.kind() == RecordKey::Kind::greylist)
    return is_over(settings.checks.greylist, record, now);
  if (record.note == kMarkOfMining) return false;
  return now - record.last_seen >= kHalfLivesKept * settings.checks.score.half_life;
}

const std::vector<KnownNeighbours>& LedgerRecall::neighbourhood() const {
  if (!neighbours_) {
    neighbours_.emplace();
    for (const auto& whom : neighbours_of(facts_.client.address, settings_.checks.score)) {
      neighbours_->push_back({whom, ledger_.lookup(key_of(whom))});
    }
  }
  return *neighbours_;
}

const KnownNeighbours& LedgerRecall::crowd() const {
  if (!crowd_) {
    const auto network = crowd_of(facts_.client.address);
    crowd_ = KnownNeighbours{network, ledger_.lookup(RecordKey::of_network(network))};
  }
  return *crowd_;
}

bool LedgerRecall::is_written_to() const {
  const auto& address = facts_.client.address;
  return gatepost::is_written_to(ledger_.lookup(ClientKey(address)), settings_, now_) ||
         is_written_to_by_name(facts_.name, address, settings_, ledger_, now_);
}

const Correspondence* LedgerRecall::correspondence() const {
  if (!recipient_) return nullptr;
  if (!asked_) {
    const auto& greylist = settings_.checks.greylist;
    const auto organisation =
        organisation_of(facts_.name, facts_.client.address, settings_.checks.botnet);
    auto origin = origin_of(organisation, facts_.client.address);
    Asked asked{correspondence_keys(origin, facts_.sender, *recipient_), {}, {}};
    auto record = ledger_.lookup(asked.keys.correspondence);
    if (!organisation.empty() && is_over(greylist, record, now_)) {
      // Its first try may have come while the DNS was silent.
      auto unnamed = origin_of({}, facts_.client.address);
      const auto keys = correspondence_keys(unnamed, facts_.sender, *recipient_);
      if (auto earlier = ledger_.lookup(keys.correspondence); !is_over(greylist, earlier, now_)) {
        asked.keys = keys;
        origin = std::move(unnamed);
        record = std::move(earlier);
      }
    }
    asked.correspondence = {
        std::move(origin), greylist_stage(greylist, record, now_), record.first_seen,
        is_trusted_to_return(greylist, ledger_.lookup(asked.keys.origin), now_) || is_written_to()};
    asked.last_passed = record.last_passed;
    asked_ = std::move(asked);
  }
  return &asked_->correspondence;
}

}  // namespace gatepost
