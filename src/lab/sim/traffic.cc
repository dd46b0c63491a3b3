// Implements lab/sim/traffic.h.
#include "lab/sim/traffic.h"

#include <algorithm>
#include <numeric>

#include "lab/sim/population.h"

namespace gatepost {
namespace {

using std::chrono::hours;
constexpr auto kSilence = hours(24);
constexpr auto kSoon = hours(24 * 10);
constexpr auto kWeek = hours(24 * 7);
constexpr unsigned kProviderBits = 12;  // v4; v6: 32

Address network_of(const Address& address) {
  return Network(address, address.is_v4() ? kProviderBits : 32).base();
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void TrafficStats::sent(const Mail& mail, bool attacks) {
  const auto& from = mail.clients.front();
  if (!attacks) {
    good_networks_.insert(network_of(from.address));
    return;
  }
  if (const auto& patience = mail.manners.patience) {
    ++impatient_;
    if (*patience <= std::chrono::seconds(35)) ++impatient_by_35_s_;
  }
  auto& sender = attackers_[from.address];
  if (sender.messages++ > 0) {
    const auto silent = mail.at - sender.last;
    sender.comes_back = sender.comes_back || (silent >= kSilence && silent <= kSoon);
  } else {
    const auto again = mail.returns.next(0);
    sender.never_returns = !again || *again < std::chrono::minutes(1);
    sender.is_nameless = from.name.outcome != ClientName::Outcome::confirmed;
    sender.is_listed = from.is_listed;
  }
  sender.last = mail.at;
}

void TrafficStats::tried(const Address& client, bool attacks, WallTime at) {
  if (!attacks) return;
  auto& sender = attackers_[client];
  ++sender.tries;
  sender.weeks |= std::uint64_t{1} << std::min<std::int64_t>(63, (at - kSimBegins) / kWeek);
}

SimTraffic TrafficStats::traffic() const {
  SimTraffic traffic;
  std::uint64_t tries = 0;
  std::uint64_t weeks = 0;
  std::uint64_t silent = 0;
  std::uint64_t back = 0;
  std::uint64_t mixed = 0;
  std::uint64_t nameless = 0;
  std::uint64_t listed = 0;
  for (const auto& [address, sender] : attackers_) {
    const auto n = sender.messages;
    if (n > 0) ++traffic.per_address.at(n <= 4 ? n - 1 : n <= 10 ? 4 : 5);
    tries += sender.tries;
    weeks += static_cast<std::uint64_t>(__builtin_popcountll(sender.weeks));
    silent += sender.never_returns ? 1 : 0;
    back += sender.comes_back ? 1 : 0;
    mixed += good_networks_.contains(network_of(address)) ? 1 : 0;
    nameless += sender.is_nameless ? 1 : 0;
    listed += sender.is_nameless && sender.is_listed ? 1 : 0;
  }
  const auto all = attackers_.size();
  traffic.tries_a_week = share(tries, weeks);
  traffic.never_returns = share(silent, all);
  traffic.impatient_by_35_s = share(impatient_by_35_s_, impatient_);
  traffic.comes_back = share(back, all);
  traffic.in_mixed_networks = share(mixed, all);
  traffic.listed_of_nameless = share(listed, nameless);
  return traffic;
}

double distance_from_measured(const std::array<std::uint64_t, 6>& per_address) {
  constexpr std::array kMeasured{0.60, 0.17, 0.074, 0.041, 0.08, 0.037};
  const double scale = std::accumulate(kMeasured.begin(), kMeasured.end(), 0.0);
  const auto all = std::accumulate(per_address.begin(), per_address.end(), std::uint64_t{0});
  double sum = 0;
  for (std::size_t i = 0; i < kMeasured.size(); ++i) {
    const double expected = kMeasured.at(i) / scale;
    const double off = share(per_address.at(i), all) - expected;
    sum += 1'000 * off * off / expected;
  }
  return sum;
}

}  // namespace gatepost
