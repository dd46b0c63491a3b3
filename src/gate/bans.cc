// Implements gate/bans.h.
#include "gate/bans.h"

#include <algorithm>
#include <variant>

#include "checks/check.h"
#include "checks/settings.h"
#include "gate/welcome.h"
#include "model/networks.h"

namespace gatepost {
namespace {

// A name may stand in a record that this program has no check for any more.
Treatment treatment_of(const Settings& settings, CheckName name) {
  const auto& checks = all_checks();
  const auto row = std::find_if(checks.begin(), checks.end(),
                                [=](const Check& check) { return check.name == name; });
  return row == checks.end() ? Treatment::off : treatment_of(settings.checks, *row).treatment;
}

bool any_holds(const std::vector<Network>& networks, const Network& inner) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return holds(network, inner); });
}

// However short it is.
bool is_for_firewall(const Settings& settings, const Sentence& sentence) {
  return treatment_of(settings, CheckName::jail) == Treatment::firewall ||
         treatment_of(settings, sentence.reason) == Treatment::firewall;
}

bool bans_anybody(const Settings& settings, bool observed) {
  return (observed || settings.mode == Mode::enforce) &&
         treatment_of(settings, CheckName::jail) > Treatment::note;
}

// Excepted by hand as a whole; of an IPv6 /64 a part of it may be excepted, too.
bool is_excepted(const Ledger& ledger, const Network& network) {
  const auto nearest = ledger.exception_for(network.base());
  if (!nearest) return false;
  const auto holds_it = [&](const Exception& exception) {
    const auto* whom = std::get_if<Network>(&exception.whom);
    return whom && holds(*whom, network);
  };
  if (holds_it(*nearest)) return true;
  const auto all = ledger.exceptions();
  return std::any_of(all.begin(), all.end(), holds_it);
}

// An IPv4 client is its address; in an IPv6 /64 of ours others may be, too.
bool is_own(const Settings& settings, const Network& network) {
  return network == network_of(network.base()) && !is_bannable({network.base()}, settings);
}

bool is_never_banned(const Settings& settings, const Ledger& ledger, const Network& network) {
  return any_holds(settings.trusted, network) || any_holds(settings.exceptions.networks, network) ||
         is_own(settings, network) || is_excepted(ledger, network);
}

// The half of a network with that bit behind its prefix; none where that is all of IPv4 as IPv6
// writes it, which is no network of IPv6.
std::optional<Network> half_of(const Network& network, bool upper) {
  const unsigned bits = network.prefix_bits() + (network.base().is_v4() ? 96 : 0);
  auto bytes = network.base().bytes();
  if (upper) bytes[bits / 8] = static_cast<std::uint8_t>(bytes[bits / 8] | 0x80u >> bits % 8);
  const auto base = Address::from_bytes(bytes);
  if (base.is_v4() != network.base().is_v4()) return std::nullopt;
  return Network(base, network.prefix_bits() + 1);
}

// Adds to `left`; false where that becomes more than `most`.
bool subtract(const Network& network, const std::vector<Network>& spared, std::size_t most,
              std::vector<Network>& left) {
  std::vector<Network> inside;
  for (const auto& other : spared) {
    if (holds(other, network)) return true;
    if (holds(network, other)) inside.push_back(other);
  }
  if (inside.empty()) {
    left.push_back(network);
    return left.size() <= most;
  }
  for (const bool upper : {false, true}) {
    const auto half = half_of(network, upper);
    if (half && !subtract(*half, inside, most, left)) return false;
  }
  return true;
}

}  // namespace

bool leads_outside(const Settings& settings, const Sentence& sentence) {
  return sentence.length > settings.enforce.after || is_for_firewall(settings, sentence);
}

std::optional<Ban> ban_of(const ClientKey& client, const Record& record, const Settings& settings,
                          const Ledger& ledger, WallTime now, bool observed) {
  if (!bans_anybody(settings, observed)) return std::nullopt;
  const auto& sentence = own_sentence(settings, record);
  if (!sentence.serving(now)) return std::nullopt;
  if (!leads_outside(settings, sentence)) return std::nullopt;
  const auto network = network_of(client);
  if (is_never_banned(settings, ledger, network)) return std::nullopt;
  Ban ban{network,
          is_for_logins(sentence) ? BanScope::every : BanScope::mail,
          sentence.from,
          sentence.until,
          sentence.reason,
          sentence.verdict_id,
          {}};
  if (sentence.reason == CheckName::operator_) ban.remark = record.note;
  return ban;
}

Ban ban_of(const NetworkBan& network) {
  Ban ban{network.network, BanScope::every,      network.added,
          network.until,   CheckName::operator_, verdict_id_of(network.network),
          network.reason};
  if (network.source != "operator") ban.remark = network.source;
  return ban;
}

std::optional<Ban> ban_of(const NetworkBan& network, const Settings& settings, const Ledger& ledger,
                          WallTime now, bool observed) {
  const bool in_force = network.added <= now && now < network.until;
  if (!in_force || !bans_anybody(settings, observed)) return std::nullopt;
  if (is_never_banned(settings, ledger, network.network)) return std::nullopt;
  return ban_of(network);
}

void for_each_ban(const Settings& settings, const Ledger& ledger, WallTime now,
                  const std::function<bool(const Ban&)>& visit, bool observed) {
  if (!bans_anybody(settings, observed)) return;
  for (const auto& network : ledger.network_bans()) {
    const auto ban = ban_of(network, settings, ledger, now, observed);
    if (ban && !visit(*ban)) return;
  }
  ledger.active_records([&](const ClientKey& client, const Record& record) {
    const auto ban = ban_of(client, record, settings, ledger, now, observed);
    return !ban || visit(*ban);
  });
}

std::vector<Network> never_banned(const Settings& settings, const Ledger& ledger) {
  auto never = settings.trusted;
  const auto& excepted = settings.exceptions.networks;
  never.insert(never.end(), excepted.begin(), excepted.end());
  for (const auto& exception : ledger.exceptions()) {
    if (const auto* network = std::get_if<Network>(&exception.whom)) never.push_back(*network);
  }
  if (!settings.trial) {
    for (const auto& address : settings.own_addresses) never.push_back(network_of(address));
  }
  std::sort(never.begin(), never.end());
  never.erase(std::unique(never.begin(), never.end()), never.end());
  return never;
}

std::optional<std::vector<Network>> without(const Network& network,
                                            const std::vector<Network>& spared, std::size_t most) {
  std::vector<Network> left;
  if (!subtract(network, spared, most, left)) return std::nullopt;
  return left;
}

}  // namespace gatepost
