// Implements lab/sim/populations/shared_address.h.
#include "lab/sim/populations/shared_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "lab/sim/populations/botnet.h"
#include "lab/sim/populations/good_servers.h"

namespace gatepost {

Mail BehindCarriers::mail(const Plan& plan) const {
  auto mail = who_->mail(plan);
  const auto carriers = static_cast<std::uint64_t>(parameters_.shared_address.addresses);
  const auto bits = 100u << 24 | static_cast<std::uint32_t>(plan.who % carriers) << 8 | 7;
  SimClient client{Address::v4(bits), {}};
  client.name = {ClientName::Outcome::confirmed,
                 fmt::format("cgn-100-0-{}-7.customers.example", bits >> 8 & 255)};
  mail.clients = {client};
  return mail;
}

Populations behind_carriers(const SimParameters& parameters, std::uint64_t seed) {
  const auto& mine = parameters.shared_address;
  auto inner = parameters;
  inner.bots = std::round(mine.addresses * mine.customers * mine.bot_share);
  inner.spam_per_bot = mine.spam_per_bot;
  inner.ham_servers = mine.addresses * mine.servers;
  inner.ham_per_day = inner.ham_servers * mine.server_per_day;
  inner.ham_new_sender = 0;
  Populations all;
  all.push_back(std::make_unique<BehindCarriers>(std::make_unique<Botnet>(inner, seed),
                                                 "bots behind carriers", parameters, seed));
  all.push_back(std::make_unique<BehindCarriers>(std::make_unique<GoodServers>(inner, seed),
                                                 "honest behind carriers", parameters, seed));
  all.push_back(std::make_unique<GoodServers>(parameters, seed));
  return all;
}

namespace {

class TenantOfAddress : public Population {
 public:
  enum class Part { bot, first, later };

  TenantOfAddress(const SimParameters& parameters, std::uint64_t seed, Part part)
      : parameters_(with_bots(parameters)),
        chances_(seed, "tenants"),
        bots_(parameters_, seed),
        part_(part) {}

  std::string_view name() const override {
    return part_ == Part::bot     ? "bots before them"
           : part_ == Part::first ? "new tenants' first"
                                  : "new tenants later";
  }
  bool attacks() const override { return part_ == Part::bot; }

  std::vector<Plan> plans() const override {
    if (part_ == Part::bot) return plans_of_bots();
    std::vector<Plan> all;
    const auto per_day = parameters_.new_tenant.server_per_day;
    for (std::uint64_t who = 0; who < count(); ++who) {
      const auto first = first_day(who);
      if (part_ == Part::first) {
        all.push_back({time_on(first), who, 0});
        continue;
      }
      double day = first;
      for (std::uint64_t which = 1;; ++which) {
        day += chances_.exponential(1 / per_day, "pause", who, which);
        if (day >= parameters_.days) break;
        all.push_back({time_on(day), who, which});
      }
    }
    return all;
  }

  Mail mail(const Plan& plan) const override {
    auto of_bot = bots_.mail({kSimBegins, plan.who, plan.which});
    of_bot.at = plan.at;
    if (part_ == Part::bot) return of_bot;
    auto client = of_bot.clients.front();
    const auto domain = fmt::format("tenant{}.example", plan.who);
    if (chances_.are(parameters_.new_tenant.own_name_share, "named", plan.who))
      client.name = {ClientName::Outcome::confirmed, "mail." + domain};
    const Mailbox sender{fmt::format("w{}", plan.which % 3), domain};
    const auto user = chances_.below(kSimUsers, "recipient", plan.who, plan.which % 5);
    return {plan.at,
            {client},
            "mail." + domain,
            sender,
            {fmt::format("user{}@{}", user, kSimDomain)},
            false,
            {},
            Returns::of_mail_server(facts_of(client, sender), chances_.seed())};
  }

 private:
  static SimParameters with_bots(SimParameters parameters) {
    parameters.bots = parameters.new_tenant.addresses;
    parameters.spam_per_bot = parameters.new_tenant.spam_per_bot;
    return parameters;
  }
  std::uint64_t count() const { return static_cast<std::uint64_t>(parameters_.bots); }

  // When the bot has gone; some days are left for those who come then.
  double last_day(std::uint64_t who) const {
    return 1 + std::max(0.0, parameters_.days - 3) * chances_("goes", who);
  }
  double first_day(std::uint64_t who) const {
    return last_day(who) +
           chances_.exponential(parameters_.new_tenant.gap_min / (24 * 60), "gap", who);
  }
  std::vector<Plan> plans_of_bots() const {
    auto all = bots_.plans();
    for (auto& plan : all)
      plan.at = time_on(last_day(plan.who) - chances_("before", plan.who, plan.which));
    return all;
  }

  const SimParameters parameters_;
  const Chances chances_;
  const Botnet bots_;
  const Part part_;
};

}  // namespace

Populations new_tenants(const SimParameters& parameters, std::uint64_t seed) {
  using Part = TenantOfAddress::Part;
  Populations all;
  for (const auto part : {Part::bot, Part::first, Part::later})
    all.push_back(std::make_unique<TenantOfAddress>(parameters, seed, part));
  return all;
}

std::vector<SimParameter> shared_address_parameters() {
  using P = SimParameters;
  constexpr std::string_view kAssumed = "assumed";
  return {
      {"shared_address.addresses",
       [](P& p) -> double& { return p.shared_address.addresses; },
       {1, 250},
       kAssumed,
       {}},
      {"shared_address.customers",
       [](P& p) -> double& { return p.shared_address.customers; },
       {1, 1e5},
       "50 to 1,000 behind an address, assumed",
       SimRange{50, 1'000}},
      {"shared_address.bot_share",
       [](P& p) -> double& { return p.shared_address.bot_share; },
       {0, 1},
       kAssumed,
       SimRange{0.002, 0.05}},
      {"shared_address.spam_per_bot",
       [](P& p) -> double& { return p.shared_address.spam_per_bot; },
       {1, 1'000},
       kAssumed,
       SimRange{2.63, 50}},
      {"shared_address.servers",
       [](P& p) -> double& { return p.shared_address.servers; },
       {0, 1'000},
       kAssumed,
       SimRange{1, 20}},
      {"shared_address.server_per_day",
       [](P& p) -> double& { return p.shared_address.server_per_day; },
       {0, 1'000},
       kAssumed,
       SimRange{0.2, 10}},
      {"new_tenant.addresses",
       [](P& p) -> double& { return p.new_tenant.addresses; },
       {1, 1e6},
       "G7 needs some thousand",
       {}},
      {"new_tenant.spam_per_bot",
       [](P& p) -> double& { return p.new_tenant.spam_per_bot; },
       {1, 1'000},
       kAssumed,
       SimRange{2.63, 50}},
      {"new_tenant.gap_min",
       [](P& p) -> double& { return p.new_tenant.gap_min; },
       {0, 1e5},
       kAssumed,
       SimRange{1, 600}},
      {"new_tenant.server_per_day",
       [](P& p) -> double& { return p.new_tenant.server_per_day; },
       {0.1, 1'000},
       kAssumed,
       SimRange{0.2, 20}},
      {"new_tenant.own_name_share",
       [](P& p) -> double& { return p.new_tenant.own_name_share; },
       {0, 1},
       kAssumed,
       SimRange{0, 1}},
  };
}

}  // namespace gatepost
