// Implements mining/report_of.h.
#include "mining/report_of.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace gatepost {
namespace {

constexpr std::size_t kRows = 1'000;
constexpr std::size_t kSamplesMax = 12;
constexpr std::size_t kSampleLength = 300;
constexpr std::size_t kSystemsMax = 100'000;

// The `rows` first by an order, of any number.
template <typename Row>
class First {
 public:
  using Before = std::function<bool(const Row&, const Row&)>;
  First(std::size_t rows, Before before) : rows_max_(rows), before_(std::move(before)) {}

  void add(const Row& row) {
    if (rows_.size() == rows_max_ && (rows_max_ == 0 || !before_(row, rows_.front()))) return;
    if (rows_.size() == rows_max_) {
      std::pop_heap(rows_.begin(), rows_.end(), before_);
      rows_.back() = row;
    } else {
      rows_.push_back(row);
    }
    std::push_heap(rows_.begin(), rows_.end(), before_);
  }

  std::vector<Row> take() {
    std::sort(rows_.begin(), rows_.end(), before_);
    return std::move(rows_);
  }

 private:
  std::size_t rows_max_;
  Before before_;
  std::vector<Row> rows_;
};

// Ties in the order of addresses, so that a report is the same each time.
First<MinedClient>::Before most(std::function<std::int64_t(const MinedClient&)> value) {
  return [value = std::move(value)](const MinedClient& a, const MinedClient& b) {
    const auto of_a = value(a);
    const auto of_b = value(b);
    return of_a != of_b ? of_a > of_b : a.address < b.address;
  };
}

bool has_more_offences(const MinedNetwork& a, const MinedNetwork& b) {
  return a.offences != b.offences ? a.offences > b.offences : a.network.base() < b.network.base();
}

template <typename Sum>
void add_client(Sum& sum, const MinedClient& client) {
  ++sum.clients;
  sum.offences += client.offences;
  sum.messages += client.messages;
}

std::vector<MinedSystem> in_order(const std::map<AutonomousSystem, MinedSystem>& systems) {
  std::vector<MinedSystem> all;
  for (const auto& [system, sum] : systems) all.push_back(sum);
  std::stable_sort(all.begin(), all.end(), [](const MinedSystem& a, const MinedSystem& b) {
    return a.offences > b.offences;
  });
  all.resize(std::min(all.size(), kRows));
  return all;
}

// Of the clients that the tables have.
void name_systems(const AsNumbers& systems, MineReport& report) {
  const auto name = [&](const std::vector<MinedClient>& clients) {
    for (const auto& client : clients) {
      if (const auto system = systems.system_of(client.address))
        report.system_of.emplace(client.address, *system);
    }
  };
  name(report.worst);
  name(report.also_good);
  for (const auto& clients : report.worst_of) name(clients);
}

// Digits and letters alike, so that the same words about another client are the same form.
std::string form_of(std::string_view line) {
  std::string form;
  for (const char c : line) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit) form.push_back(c);
    if (form.size() == 60) break;
  }
  return form;
}

}  // namespace

void tell_clients(const ClientTable& clients, const AsNumbers* systems, std::size_t offenders_max,
                  MineReport& report) {
  const auto by_class = [](std::size_t which) {
    return most(
        [which](const MinedClient& client) { return std::int64_t{client.by_class[which]}; });
  };
  First<MinedClient> worst(offenders_max,
                           most([](const MinedClient& client) { return -client.score(); }));
  First<MinedClient> good(
      kRows, most([](const MinedClient& client) { return std::int64_t{client.messages}; }));
  First<MinedNetwork> networks(kRows, has_more_offences);
  std::vector<First<MinedClient>> worst_of;
  for (std::size_t i = 0; i < kOffenceClasses; ++i) worst_of.emplace_back(kRows, by_class(i));
  std::map<Address, MinedNetwork> of_part;
  std::map<AutonomousSystem, MinedSystem> by_system;

  const auto offender = [&](const MinedClient& client) {
    ++report.offenders;
    worst.add(client);
    for (std::size_t i = 0; i < kOffenceClasses; ++i) {
      if (client.by_class[i] > 0) worst_of[i].add(client);
    }
    if (client.messages > client.spam) {
      ++report.good_offenders;
      good.add(client);
    }
    const Network network(client.address, client.address.is_v4() ? 24 : 48);
    auto& sum = of_part[network.base()];
    sum.network = network;
    add_client(sum, client);
    const auto system = systems ? systems->system_of(client.address) : std::nullopt;
    if (!system || (by_system.size() >= kSystemsMax && !by_system.contains(*system))) return;
    by_system[*system].system = *system;
    add_client(by_system[*system], client);
  };
  clients.each(
      [&](const MinedClient& client) {
        if (client.offences > 0) offender(client);
      },
      [&] {
        for (const auto& [base, sum] : of_part) networks.add(sum);
        of_part.clear();
      });
  report.clients = clients.size();
  report.worst = worst.take();
  for (std::size_t i = 0; i < kOffenceClasses; ++i) report.worst_of[i] = worst_of[i].take();
  report.also_good = good.take();
  report.networks = networks.take();
  report.systems = in_order(by_system);
  if (systems) name_systems(*systems, report);
}

void keep_sample(std::string_view line, std::vector<std::string>& sample) {
  if (sample.size() >= kSamplesMax) return;
  const auto form = form_of(line);
  const bool known = std::any_of(sample.begin(), sample.end(),
                                 [&](const std::string& kept) { return form_of(kept) == form; });
  if (!known) sample.emplace_back(line.substr(0, kSampleLength));
}

}  // namespace gatepost
