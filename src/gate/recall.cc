// Implements gate/recall.h.
#include "gate/recall.h"

namespace gatepost {
namespace {

// So many half-lives, and less than a thousandth of what was said is left.
constexpr int kHalfLivesKept = 20;

}  // namespace

std::vector<Network> networks_around(const Address& address) {
  if (address.is_v4()) return {Network(address, 24)};
  return {Network(address, 32), Network(address, 48), Network(address, 56)};
}

Network crowd_of(const Address& address) { return {address, address.is_v4() ? 24u : 48u}; }

bool is_over(const RecordKey& key, const Record& record, const Settings& settings, WallTime now) {
  if (key.kind() == RecordKey::Kind::greylist)
    return is_over(settings.checks.greylist, record, now);
  return now - record.last_seen >= kHalfLivesKept * settings.checks.score.half_life;
}

const std::vector<KnownNetwork>& LedgerRecall::neighbourhood() const {
  if (!networks_) {
    networks_.emplace();
    for (const auto& network : networks_around(facts_.client.address)) {
      networks_->push_back({network, ledger_.lookup(RecordKey::of_network(network))});
    }
  }
  return *networks_;
}

const KnownNetwork& LedgerRecall::crowd() const {
  if (!crowd_) {
    const auto network = crowd_of(facts_.client.address);
    crowd_ = KnownNetwork{network, ledger_.lookup(RecordKey::of_network(network))};
  }
  return *crowd_;
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
        is_trusted_to_return(greylist, ledger_.lookup(asked.keys.origin), now_)};
    asked.last_passed = record.last_passed;
    asked_ = std::move(asked);
  }
  return &asked_->correspondence;
}

}  // namespace gatepost
