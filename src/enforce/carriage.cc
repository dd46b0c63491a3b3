// Implements enforce/carriage.h.
#include "enforce/carriage.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "gate/bans.h"
#include "model/loopback.h"
#include "model/networks.h"

namespace gatepost {
namespace {

constexpr Duration kExceptionsEach = std::chrono::seconds(1);
constexpr Duration kTroubleEach = std::chrono::milliseconds(200);
// A step of the calendar's clock, or a host that slept: the ends of bans outside are elsewhere
// then.
constexpr Duration kStep = std::chrono::seconds(5);
// Comparisons: of each ban that is carried with each exception that is new.
constexpr std::size_t kComparedMost = 20'000'000;

}  // namespace

Carriage::Carriage(Parts parts, Enforcers enforcers)
    : parts_(std::move(parts)),
      enforcers_(std::move(enforcers)),
      settings_(parts_.settings()),
      in_trouble_(enforcers_.size()) {}

bool Carriage::turn(const Unsettled& unsettled, Moment now) {
  settings_ = parts_.settings();
  if (unsettled.settings) {
    for (const auto& enforcer : enforcers_) enforcer->reread();
  }
  auto networks = unsettled.networks;
  if (!excepted_) {
    std::vector<Network> at_first;  // which are given with all others
    look_at_network_bans(at_first);
  }
  bool look_around = false;
  if (unsettled.exceptions || now.instant - exceptions_looked_at_ >= kExceptionsEach) {
    exceptions_looked_at_ = now.instant;
    look_around = look_at_exceptions(networks);
  }
  if (unsettled.network_bans) look_at_network_bans(networks);
  look_at_bounds();
  const bool parted = clocks_parted(now);
  const bool all = unsettled.all || parted || networks.size() > kSingleMost;
  replace_where_wanted(all, now);
  if (!all) {
    for (const auto& network : networks) settle(network, now.wall);
  }
  names_matter_anew_ = false;
  tell_trouble(now.instant);
  return look_around || (held_back_ && may_be_new() && std::exchange(held_back_, false));
}

Carriage::Excepted Carriage::excepted_now() const {
  Excepted excepted{never_banned(*settings_, parts_.ledger), {}};
  if (!parts_.is_excepted_by_name) return excepted;
  excepted.domains = settings_->exceptions.domains;
  if (!parts_.ledger.excepts_domains()) return excepted;
  for (const auto& exception : parts_.ledger.exceptions()) {
    const auto* domain = std::get_if<ExceptedDomain>(&exception.whom);
    if (domain) excepted.domains.push_back(domain->name);
  }
  return excepted;
}

bool Carriage::Bounds::hold(const Network& network) const {
  if (only_clients && !is_client(network)) return false;
  return std::none_of(spared.begin(), spared.end(),
                      [&](const Network& other) { return holds(other, network); });
}

Carriage::Bounds Carriage::bounds(const Settings& settings) const {
  Bounds bounds;
  if (parts_.to_kernel) {
    bounds.spared = loopback_networks();
    for (const auto& own : settings.own_addresses) bounds.spared.push_back(network_of(own));
  }
  bounds.only_clients = parts_.is_excepted_by_name && settings.dns.names &&
                        (!settings.exceptions.domains.empty() || parts_.ledger.excepts_domains());
  return bounds;
}

void Carriage::look_at_bounds() {
  const bool before = bounds_.only_clients;
  bounds_ = bounds(*settings_);
  if (bounds_.only_clients != before && parts_.networks_left_out)
    parts_.networks_left_out(bounds_.only_clients);
}

bool Carriage::clocks_parted(Moment now) {
  const Duration apart = now.wall.time_since_epoch() - now.instant.time_since_epoch();
  const bool parted = apart_ && std::chrono::abs(apart - *apart_) > kStep;
  if (!apart_ || parted) apart_ = apart;
  return parted;
}

// Adds whom of those that are carried they may be about. True where somebody may be banned now who
// was excepted.
bool Carriage::look_at_exceptions(std::vector<Network>& networks) {
  auto next = excepted_now();
  if (excepted_ == next) return false;
  for (const auto& enforcer : enforcers_) enforcer->except(next.networks);
  if (!excepted_) {
    excepted_ = std::move(next);
    return false;
  }
  std::vector<Network> added;
  std::set_difference(next.networks.begin(), next.networks.end(), excepted_->networks.begin(),
                      excepted_->networks.end(), std::back_inserter(added));
  names_matter_anew_ = next.domains != excepted_->domains;
  if (names_matter_anew_) CarriedBans().swap(spared_);
  excepted_ = std::move(next);
  const bool each = names_matter_anew_ || carried_.size() * added.size() > kComparedMost;
  carried_.each([&](const Network& network) {
    if (each || contains(added, network.base())) networks.push_back(network);
  });
  return true;
}

// Adds those that differ from what they were.
void Carriage::look_at_network_bans(std::vector<Network>& networks) {
  std::map<Network, NetworkBan> next;
  for (auto& ban : parts_.ledger.network_bans()) {
    const auto network = ban.network;
    next.emplace(network, std::move(ban));
  }
  for (const auto& [network, ban] : next) {
    const auto before = network_bans_.find(network);
    if (before == network_bans_.end() || before->second != ban) networks.push_back(network);
  }
  for (const auto& [network, ban] : network_bans_) {
    if (!next.contains(network)) networks.push_back(network);
  }
  network_bans_ = std::move(next);
}

// What is to be carried of it, whatever its name is: of a client and a network of that size what
// lasts longer.
std::optional<Ban> Carriage::wanted(const Network& network, WallTime now) const {
  if (!bounds_.hold(network)) return std::nullopt;
  std::optional<Ban> of_network;
  std::optional<Ban> of_client;
  if (const auto row = network_bans_.find(network); row != network_bans_.end())
    of_network = ban_of(row->second, *settings_, parts_.ledger, now, parts_.observed);
  if (is_client(network)) {
    const ClientKey client(network.base());
    of_client = ban_of(client, parts_.ledger.lookup(client), *settings_, parts_.ledger, now,
                       parts_.observed);
  }
  if (!of_network || !of_client) return of_client ? of_client : of_network;
  return of_client->until >= of_network->until ? of_client : of_network;
}

bool Carriage::is_spared_by_name(const Network& network) const {
  const bool matters = parts_.is_excepted_by_name && settings_->dns.names && excepted_ &&
                       !excepted_->domains.empty();
  return matters && is_client(network) && parts_.is_excepted_by_name(ClientKey(network.base()));
}

void Carriage::settle(const Network& network, WallTime now) {
  auto ban = wanted(network, now);
  const auto known = carried_.find(network);
  if (ban && !known && !may_be_new()) {
    held_back_ = true;
    return;
  }
  const bool same = ban && known && known->fingerprint == CarriedBans::fingerprint_of(*ban);
  if (same && !names_matter_anew_) return;
  spared_.erase(network);
  if (ban && is_spared_by_name(network)) {
    spared_.put(*ban);
    ban.reset();
  }
  if (ban && !same) {
    for (const auto& enforcer : enforcers_) enforcer->ban(*ban);
    carried_.put(*ban);
    if (parts_.banned) parts_.banned(*ban);
  }
  if (ban || !known) return;
  for (const auto& enforcer : enforcers_) enforcer->lift(network);
  carried_.erase(network);
  if (parts_.lifted && known->until > now) parts_.lifted(network);
}

// Puts into `carried` what it gives.
BanSource Carriage::source(WallTime now, CarriedBans& carried) {
  return [this, now, &carried](const std::function<bool(const Ban&)>& visit) {
    const auto give = [&](const Ban& ban) {
      if (!bounds_.hold(ban.network)) return true;
      const bool known = carried_.find(ban.network).has_value();
      if (!known && !may_be_new()) {
        held_back_ = true;
        return true;
      }
      if ((!known || names_matter_anew_) && is_spared_by_name(ban.network)) {
        spared_.put(ban);
        return true;
      }
      carried.put(ban);
      return visit(ban);
    };
    for_each_ban(*settings_, parts_.ledger, now, give, parts_.observed);
  };
}

void Carriage::replace_where_wanted(bool all, Moment now) {
  std::vector<Enforcer*> wanting;
  for (const auto& enforcer : enforcers_) {
    if (enforcer->wants_all(now) || all) wanting.push_back(enforcer.get());
  }
  if (wanting.empty()) return;
  const bool everyone = wanting.size() == enforcers_.size();
  CarriedBans anew;
  for (auto* enforcer : wanting) enforcer->replace(source(now.wall, everyone ? anew : carried_));
  if (everyone) carried_.swap(anew);
}

bool Carriage::lift_all(Moment now) {
  CarriedBans().swap(carried_);
  bool heard = true;
  for (const auto& enforcer : enforcers_) {
    static_cast<void>(enforcer->wants_all(now));
    enforcer->replace([](const auto&) {});
    heard = heard && enforcer->what_stays().empty();
  }
  return heard;
}

void Carriage::give_up_lifting() const {
  for (const auto& enforcer : enforcers_) {
    EnforcerReport report{std::string(enforcer->name()), false, enforcer->what_stays()};
    if (!report.trouble.empty() && parts_.trouble_changed) parts_.trouble_changed(report);
  }
}

Unsettled Carriage::look_around(WallTime now, const std::function<bool()>& may_go_on) {
  Unsettled unsettled;
  unsettled.network_bans = true;
  carried_.begin_marking();
  spared_.begin_marking();
  const auto settings = parts_.settings();
  const auto within = bounds(*settings);
  bool whole = true;
  const auto compare = [&](const Ban& ban) {
    if (within.hold(ban.network) && !carried_.mark(ban) && !spared_.mark(ban))
      unsettled.networks.push_back(ban.network);
    whole = unsettled.networks.size() <= kSingleMost && may_go_on();
    return whole;
  };
  for_each_ban(*settings, parts_.ledger, now, compare, parts_.observed);
  static_cast<void>(spared_.take_unmarked(0, now));  // forgets those that are over
  if (whole) {
    const auto gone = carried_.take_unmarked(kSingleMost + 1, now);
    if (gone) unsettled.networks.insert(unsettled.networks.end(), gone->begin(), gone->end());
  }
  unsettled.all = unsettled.networks.size() > kSingleMost;
  return unsettled;
}

bool Carriage::carries(const Network& network, WallTime now) const {
  const auto known = carried_.find(network);
  return known && known->until > now;
}

std::vector<EnforcerReport> Carriage::reports() const {
  std::vector<EnforcerReport> reports;
  for (const auto& enforcer : enforcers_) reports.push_back(enforcer->report());
  return reports;
}

void Carriage::tell_trouble(Instant now) {
  if (!parts_.trouble_changed || now - trouble_looked_at_ < kTroubleEach) return;
  trouble_looked_at_ = now;
  for (std::size_t i = 0; i < enforcers_.size(); ++i) {
    const auto report = enforcers_[i]->report();
    if (report.well != in_trouble_[i]) continue;
    in_trouble_[i] = !report.well;
    parts_.trouble_changed(report);
  }
}

}  // namespace gatepost
