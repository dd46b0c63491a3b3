// Implements enforcer/nft_table.h.
#include "enforcer/nft_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "enforcer/guard.h"
#include "model/networks.h"

namespace gatepost {
namespace {

constexpr unsigned kClientsMax = 3'999'999;  // of all sets; each could hold them, and a sentinel

std::size_t index_of(BanScope scope) { return scope == BanScope::mail ? 0 : 1; }

void append(std::string& elements, std::string_view one) {
  if (one.empty()) return;
  if (!elements.empty()) elements += ", ";
  elements += one;
}

std::string list_of(const std::vector<Stretch>& stretches, WallTime now) {
  std::string elements;
  for (const auto& stretch : stretches) append(elements, element(stretch, now));
  return elements;
}

}  // namespace

NftTable::NftTable(std::function<void(const std::string&)> log) : log_(std::move(log)) {}

// Nobody's name is ours: only what we made looks like it, or like what somebody left of it.
Status NftTable::may_delete(const std::string& name) {
  NftQuestions questions;
  const auto uses = questions.uses(name);
  if (uses.value_or(0) == 0) return Done{};
  const int ours = (questions.has_chain(name, "gate") ? 1 : 0) +
                   (questions.has_set(name, set_name(NftSet::mail, true)) ? 1 : 0) +
                   (questions.packets(name, kDroppedCounter) ? 1 : 0);
  if (ours >= 2) return Done{};
  return Error{fmt::format(
      "table inet {} is somebody else's: choose another name in enforce.nftables.table", name)};
}

Status NftTable::remove(const std::string& name) {
  if (auto may = may_delete(name); !may) return may;
  // Added first: to delete what is not there is a fault.
  return NftCommands().run(fmt::format("add table inet {0}\ndelete table inet {0}\n", name));
}

Status NftTable::make(const NftTableOptions& options) {
  if (!options_.name.empty() && options_.name != options.name) {
    count_dropped();
    dropped_before_ += std::exchange(dropped_, 0);
    static_cast<void>(remove(options_.name));
  }
  options_ = options;
  table_ = "inet " + options.name;
  wants_all_ = unsure_ = true;
  networks_.clear();
  watch_.pause();
  auto outcome = may_delete(options.name);
  if (outcome) outcome = learn_shape();
  if (outcome && questions_.shape(options.name) != shape_) outcome = build(false);
  if (outcome) outcome = commands_.run(spare(excepted_) + sentinels());
  took(outcome ? Refusal::none : Refusal::not_taken);
  watch_.resume();
  generation_ = questions_.generation();
  return outcome;
}

// By making it, empty, under another name: how the kernel will tell of it depends on both versions.
Status NftTable::learn_shape() {
  const auto name = options_.name + "_shape";
  auto outcome = remove(name);
  if (outcome) outcome = commands_.run(make_table("inet " + name, options_.ports));
  if (!outcome) return outcome;
  const auto shape = questions_.shape(name);
  outcome = remove(name);
  if (!shape) return Error{"the kernel does not tell of its tables"};
  shape_ = *shape;
  return outcome;
}

// What is in the sets stays, unless `anew` or there is no other way.
Status NftTable::build(bool anew) {
  if (auto may = may_delete(options_.name); !may) return may;
  const auto script = make_table(table_, options_.ports);
  if (!anew) {
    const auto outcome = commands_.run(script);
    if (outcome && questions_.shape(options_.name) == shape_) return outcome;
  }
  count_dropped();
  dropped_before_ += std::exchange(dropped_, 0);
  return commands_.run(fmt::format("add table {0}\ndelete table {0}\n", table_) + script);
}

std::string NftTable::spare(const std::vector<Network>& excepted) const {
  auto spared = options_.never_banned;
  spared.insert(spared.end(), excepted.begin(), excepted.end());
  spared = outermost(std::move(spared));
  std::string script;
  for (const bool v4 : {true, false})
    fill_set(table_, set_name(NftSet::spared, v4), list_of(stretches_of(spared, v4), kNever),
             script);
  return script;
}

std::string NftTable::sentinels() const {
  std::string script;
  for (const auto set : kBanSets) {
    for (const bool v4 : {true, false}) {
      // In a set of intervals it may lie in a banned network.
      const bool there = set == NftSet::mail || set == NftSet::every || networks_.empty();
      if (there) script += add_elements(table_, set_name(set, v4), sentinel(v4).to_string());
    }
  }
  return script;
}

std::string NftTable::fill_networks(const BannedNetworks& networks, WallTime now) const {
  std::string script;
  for (const auto scope : {BanScope::mail, BanScope::every}) {
    for (const bool v4 : {true, false}) {
      std::vector<KernelBan> some;
      for (const auto& [network, ban] : networks) {
        if (ban.scope == scope && network.base().is_v4() == v4 && ban.until > now)
          some.push_back(ban);
      }
      fill_set(table_, set_name(set_of(scope, false), v4),
               list_of(stretches_of(std::move(some), v4), now), script);
    }
  }
  return script;
}

// Whether others changed anything meanwhile is seen by the count of all transactions, which ours
// raises by one at most; but those that are told later are told of then.
Refusal NftTable::run(const std::string& script) {
  if (script.empty()) return Refusal::none;
  watch_.pause();
  const auto before = questions_.generation();
  if (before != generation_) unsure_ = true;
  const auto outcome = commands_.run(script);
  watch_.resume();
  generation_ = questions_.generation();
  if (!before || !generation_ || *generation_ - *before > 1) unsure_ = true;
  if (outcome) return Refusal::none;
  log_("nftables: " + outcome.error());
  unsure_ = true;  // perhaps the table is gone
  return Refusal::not_taken;
}

Refusal NftTable::took(Refusal outcome) {
  trouble_ = outcome;
  return outcome;
}

bool NftTable::is_whole() {
  if (questions_.shape(options_.name) != shape_) return false;
  for (const auto set : {NftSet::mail, NftSet::every, NftSet::mail_networks, NftSet::every_networks,
                         NftSet::spared}) {
    for (const bool v4 : {true, false}) {
      if (!questions_.element(options_.name, set_name(set, v4), sentinel(v4))) return false;
    }
  }
  return true;
}

void NftTable::look(WallTime now) {
  const auto changes = watch_.changes(options_.name);
  if (changes.generation) generation_ = changes.generation;
  const auto generation = questions_.generation();
  const bool missed = generation != generation_;
  generation_ = generation;
  if (changes.ours) return put_back("something else changed it", now);
  if (!missed && !changes.unknown && !unsure_ && generation) return;
  unsure_ = false;
  if (!is_whole()) put_back("it is not as it was made", now);
}

// What was in the sets nobody can tell any more: the gate is to say it anew.
void NftTable::put_back(const std::string& why, WallTime) {
  ++repaired_;
  wants_all_ = true;
  const auto shape = questions_.shape(options_.name);
  watch_.pause();
  Status outcome = shape == shape_ ? Status(Done{}) : build(false);
  if (outcome) {
    outcome = commands_.run(spare(excepted_) + sentinels());
    if (!outcome) {
      outcome = build(true);
      networks_.clear();
      if (outcome) outcome = commands_.run(spare(excepted_) + sentinels());
    }
  }
  // What is still to be heard was before ours. What was done meanwhile is looked for next time.
  watch_.changes(options_.name);
  watch_.resume();
  generation_ = questions_.generation();
  unsure_ = true;
  log_(fmt::format("table {}: {}; {}", table_, why,
                   outcome ? "put back" : "cannot be put back: " + outcome.error()));
  took(outcome ? Refusal::none : Refusal::not_taken);
}

Refusal NftTable::ban(const KernelBan& ban, WallTime now) {
  if (ban.until <= now) return lift(ban.network, now);
  if (!is_client(ban.network)) {
    if (networks_.size() >= kNetworksMax) let_go(now);
    if (networks_.size() >= kNetworksMax && !networks_.contains(ban.network))
      return took(Refusal::full);
    networks_[ban.network] = ban;
    networks_wait_ = true;
    return Refusal::none;
  }
  const auto& client = ban.network.base();
  std::string script;
  for (const auto set : {NftSet::mail, NftSet::every}) {
    const auto before = held_in(set, ban.network, now);
    if (!before) continue;
    script += delete_element(table_, set_name(set, client.is_v4()), client);
    count_.remove(before->until);
  }
  if (script.empty() && count_.in_force(now) >= kClientsMax) return took(Refusal::full);
  script += add_elements(table_, set_name(set_of(ban.scope, true), client.is_v4()),
                         element(client, ban.until, now));
  const auto outcome = took(run(script));
  if (outcome == Refusal::none) count_.add(ban.until);
  return outcome;
}

Refusal NftTable::lift(const Network& network, WallTime now) {
  if (!is_client(network)) {
    networks_wait_ = networks_.erase(network) > 0 || networks_wait_;
    return Refusal::none;
  }
  std::string script;
  for (const auto set : {NftSet::mail, NftSet::every}) {
    const auto before = held_in(set, network, now);
    if (!before) continue;
    script += delete_element(table_, set_name(set, network.base().is_v4()), network.base());
    count_.remove(before->until);
  }
  return script.empty() ? Refusal::none : took(run(script));
}

Status NftTable::spare_always(const std::vector<Network>& never_banned) {
  options_.never_banned = never_banned;
  if (took(run(spare(excepted_))) == Refusal::none) return Done{};
  return Error{"does not take who is never banned"};
}

void NftTable::pass_over() { watch_.changes(options_.name); }

Refusal NftTable::except(const std::vector<Network>& networks) {
  const auto outcome = took(run(spare(networks)));
  if (outcome == Refusal::none) excepted_ = networks;
  return outcome;
}

// Those that are over; the kernel has let go of them.
void NftTable::let_go(WallTime now) {
  std::erase_if(networks_, [=](const auto& one) { return one.second.until <= now; });
}

Refusal NftTable::settle(WallTime now) {
  if (!std::exchange(networks_wait_, false)) return Refusal::none;
  let_go(now);
  const auto outcome = took(run(fill_networks(networks_, now)));
  if (outcome != Refusal::none) wants_all_ = true;
  return outcome;
}

void NftTable::begin() { filling_.emplace(); }

void NftTable::abandon() { filling_.reset(); }

Refusal NftTable::add(const KernelBan& ban, WallTime now) {
  if (ban.until <= now) return Refusal::none;
  if (!is_client(ban.network)) {
    if (filling_->networks.size() >= kNetworksMax) return Refusal::full;
    filling_->networks[ban.network] = ban;
    return Refusal::none;
  }
  const auto& client = ban.network.base();
  const auto scope = index_of(ban.scope);
  if (filling_->clients_count >= kClientsMax) return Refusal::full;
  ++filling_->clients_count;
  append(filling_->clients[scope][client.is_v4()], element(client, ban.until, now));
  filling_->count.add(ban.until);
  return Refusal::none;
}

// What was collected is let go of as it is written, and all memory is given back at the end: of a
// million bans it is half a gibibyte.
Refusal NftTable::commit(const std::vector<Network>& excepted, WallTime now) {
  auto filling = std::exchange(filling_, std::nullopt);
  constexpr std::size_t kLarge = 1 << 20;  // bytes
  auto script = spare(excepted) + fill_networks(filling->networks, now);
  for (const auto scope : {BanScope::mail, BanScope::every}) {
    for (const bool v4 : {true, false}) {
      auto elements = std::exchange(filling->clients[index_of(scope)][v4], {});
      append(elements, sentinel(v4).to_string());
      fill_set(table_, set_name(set_of(scope, true), v4), elements, script);
    }
  }
  const auto outcome = took(run(script));
  if (outcome == Refusal::none) {
    networks_ = std::move(filling->networks);
    networks_wait_ = false;
    count_ = std::move(filling->count);
    excepted_ = excepted;
    wants_all_ = false;
  }
  if (script.size() > kLarge) {
    std::string().swap(script);
    filling.reset();
    commands_.begin_anew();
  }
  return outcome;
}

std::optional<HeldBan> NftTable::held_in(NftSet set, const Network& network, WallTime now) {
  const bool v4 = network.base().is_v4();
  const auto found = questions_.element(options_.name, set_name(set, v4), network.base());
  if (!found || !found->left) return std::nullopt;
  const auto scope =
      set == NftSet::mail || set == NftSet::mail_networks ? BanScope::mail : BanScope::every;
  return HeldBan{scope, now + *found->left};
}

std::optional<HeldBan> NftTable::held(const Network& network, WallTime now) {
  static_cast<void>(settle(now));
  for (const auto scope : {BanScope::every, BanScope::mail}) {
    if (auto held = held_in(set_of(scope, is_client(network)), network, now)) return held;
  }
  look(now);  // whoever asks may wonder
  return std::nullopt;
}

// A counter that counts less than before is another one: the table was made anew.
void NftTable::count_dropped() {
  const auto said = questions_.packets(options_.name, kDroppedCounter);
  if (!said) return;
  if (*said < dropped_) dropped_before_ += dropped_;
  dropped_ = *said;
}

EnforcerState NftTable::state(WallTime now) {
  count_dropped();
  let_go(now);
  EnforcerState state;
  state.bans = count_.in_force(now) + networks_.size();
  state.dropped = dropped_before_ + dropped_;
  state.repaired = repaired_;
  state.generation = generation_.value_or(0);
  state.trouble = trouble_;
  state.wants_all = wants_all_;
  return state;
}

}  // namespace gatepost
