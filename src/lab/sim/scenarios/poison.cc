// Those who would have the gate think well of them, or ill of others.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "lab/sim/populations/writers.h"
#include "lab/sim/scenarios.h"

namespace gatepost {
namespace {

using Clients = decltype(Writers::clients);
using Sender = decltype(Writers::sender);

// One server each, in a network of its own.
Clients one_server(std::uint32_t a, std::uint32_t b, const std::string& name) {
  return [=](const Plan& plan, const Chances&) {
    const auto address =
        address_in(a, b + static_cast<std::uint32_t>(plan.who >> 8), (plan.who & 0xff) << 8 | 7);
    return std::vector{well_named(address, fmt::format(fmt::runtime(name), plan.who))};
  };
}

Sender always(const std::string& local, const std::string& domain) {
  return [=](const Plan& plan, const Chances&) {
    return Mailbox{local, fmt::format(fmt::runtime(domain), plan.who)};
  };
}

Mailbox nobody(const Plan&, const Chances&) { return {}; }

// Many people, each with a domain of his own.
Mailbox many_people(const Plan& plan, const Chances& chances) {
  const auto person = chances.below(300, "person", plan.who, plan.which);
  return {fmt::format("w{}", person), fmt::format("company{}.example", person)};
}

// The same servers write, and are made to write.
struct Victims {
  Writers good;
  Writers bad;
};

void add(Populations& all, Victims victims, std::uint64_t seed) {
  victims.bad.attacks = true;
  victims.bad.clients = victims.good.clients;
  if (!victims.bad.sender) victims.bad.sender = victims.good.sender;
  if (!victims.bad.helo) victims.bad.helo = victims.good.helo;
  victims.bad.count = victims.good.count;
  add(all, std::move(victims.good), seed);
  add(all, std::move(victims.bad), seed);
}

Victims forwarders(const PoisonParameters& poison) {
  Victims all;
  all.good.name = "forwarders";
  all.good.per_day = 10;
  all.good.clients = one_server(201, 0, "mail.alumni{}.example");
  all.good.sender = many_people;
  all.bad.name = "through forwarders";
  all.bad.is_spam = true;
  all.bad.per_day = all.good.per_day * poison.spam_share / (1 - poison.spam_share);
  all.bad.trap_share = poison.trap_share;
  return all;
}

Victims lists(const PoisonParameters& poison) {
  Victims all;
  all.good.name = "lists";
  all.good.per_day = 3 * (1 - poison.list_traps);
  all.good.recipients = 10;
  all.good.clients = one_server(201, 16, "lists.club{}.example");
  all.good.sender = always("talk-bounces", "club{}.example");
  all.bad.name = "lists with a trap";
  all.bad.per_day = 3 * poison.list_traps;
  all.bad.recipients = 10;
  all.bad.trap_share = 1;
  return all;
}

Victims bouncing(const PoisonParameters& poison) {
  Victims all;
  all.good.name = "servers that bounce";
  all.good.per_day = 0.5;
  all.good.clients = one_server(201, 32, "mail.firm{}.example");
  all.good.sender = always("office", "firm{}.example");
  all.bad.name = "backscatter";
  all.bad.is_spam = true;
  all.bad.per_day = poison.bounces_per_day;
  all.bad.trap_share = poison.trap_share;
  all.bad.sender = nobody;
  return all;
}

Victims web_forms(const PoisonParameters& poison) {
  Victims all;
  all.good.name = "web servers";
  all.good.per_day = 3;
  all.good.clients = one_server(201, 48, "www.shop{}.example");
  all.good.sender = always("www", "shop{}.example");
  all.bad.name = "through web forms";
  all.bad.is_spam = true;
  all.bad.per_day = poison.forms_per_day;
  all.bad.trap_share = 1;
  return all;
}

Victims newsletters(const PoisonParameters& poison) {
  Victims all;
  all.good.name = "newsletters";
  all.good.per_day = 15;
  all.good.clients = one_server(201, 64, "out.news{}.example");
  all.good.sender = [](const Plan& plan, const Chances&) {
    return Mailbox{fmt::format("bounce-{}", plan.which), fmt::format("news{}.example", plan.who)};
  };
  all.bad.name = "newsletters to traps";
  all.bad.per_day = poison.letter_traps;
  all.bad.trap_share = 1;
  return all;
}

Victims neighbours(const SimParameters& parameters) {
  Victims all;
  all.good.name = "neighbours of bots";
  all.good.per_day = 3;
  all.good.clients = [](const Plan& plan, const Chances&) {
    const auto address = address_in(202, static_cast<std::uint32_t>(plan.who), 7);
    return std::vector{well_named(
        address,
        fmt::format("{}.cgn.carrier.example", fmt::join(std::span(address.bytes()).last(4), "-")))};
  };
  all.good.sender = always("office", "small{}.example");
  all.good.helo = [](const Plan& plan, const Chances&) {
    return fmt::format("mail.small{}.example", plan.who);
  };
  all.bad.name = "bots behind one address";
  all.bad.per_day = 10 * parameters.poison.bots_behind;
  all.bad.trap_share = parameters.poison.trap_share;
  all.bad.sender = many_people;
  write_as_bots(all.bad, parameters.pregreet_share);
  return all;
}

// Of those who buy a good name and then spend it, by what they bought it with.
constexpr std::array kBought{10, 100, 1'000};

std::string buys(int messages) { return fmt::format("buys with {}", messages); }
std::string spends(int messages) { return fmt::format("spends {}", messages); }

struct Buyer {
  std::string buys;  // empty: nothing
  std::string spends;
  double messages = 0;
  bool is_judged = true;
  double count = 1;
};

void add(Populations& all, const Buyer& buyer, const SimParameters& parameters, std::uint64_t seed,
         std::uint32_t place) {
  const double half = parameters.days / 2;
  Writers writers;
  writers.attacks = true;
  writers.clients = one_server(203, place, fmt::format("mail.buyer{}-{{}}.example", place));
  writers.sender = always("news", fmt::format("buyer{}-{{}}.example", place));
  writers.returns = [seed](const Plan&, const Chances&) {
    SessionFacts as_patient_as;
    as_patient_as.sender.domain = "yahoo.example";
    return Returns::of_mail_server(as_patient_as, seed);
  };
  writers.count = buyer.count;
  auto spender = writers;
  writers.name = buyer.buys;
  writers.to_day = half;
  writers.per_day = buyer.messages / half;
  writers.is_judged = buyer.is_judged;
  if (!buyer.buys.empty()) add(all, std::move(writers), seed);
  spender.name = buyer.spends;
  spender.luck = "spends";
  spender.is_spam = true;
  spender.from_day = half;
  spender.to_day = parameters.days;
  spender.per_day = std::max(parameters.poison.spends_per_day,
                             buyer.is_judged ? 1.5 * buyer.messages / half : 0.0);
  add(all, std::move(spender), seed);
}

constexpr double kMany = 10;
constexpr const char* kVolume = "volume that nobody judges";
constexpr const char* kOfVolume = "spends volume";
constexpr const char* kOfNothing = "spends nothing";

Populations populations(const SimParameters& parameters, std::uint64_t seed) {
  const auto& poison = parameters.poison;
  Populations all;
  for (auto victims : {forwarders(poison), lists(poison), bouncing(poison), web_forms(poison),
                       newsletters(poison), neighbours(parameters)}) {
    victims.good.count = poison.victims;
    victims.good.to_day = victims.bad.to_day = parameters.days;
    add(all, std::move(victims), seed);
  }
  std::uint32_t place = 0;
  for (const auto messages : kBought)
    add(all, {buys(messages), spends(messages), static_cast<double>(messages)}, parameters, seed,
        place++);
  add(all, {kVolume, kOfVolume, 300, false, kMany}, parameters, seed, place++);
  add(all, {"", kOfNothing, 0, true, kMany}, parameters, seed, place++);
  return all;
}

void by_likelihood(Settings& settings) {
  settings.checks.score.model = ScoreSettings::Model::posterior;
}
constexpr std::string_view kByLikelihood = "by likelihood";

// What is let in beside is then nobody's luck.
void without_errors(SimParameters& parameters) {
  parameters.filter_catches = 1;
  parameters.filter_errs = 0;
  parameters.poison.victims = 1;
}
constexpr std::string_view kNoErrors = "the filter never errs";

double delivered(const SimRuns& runs, std::string_view run, std::string_view group) {
  return static_cast<double>(run_named(runs, run).group(group)->delivered.spam);
}

double per_bought(const SimRuns& runs, std::string_view run, int messages) {
  const auto bought = run_named(runs, run).group(buys(messages))->delivered.ham;
  return bought == 0 ? 0 : delivered(runs, run, spends(messages)) / static_cast<double>(bought);
}

double gave_up(const SimRuns& runs, std::string_view run) {
  return static_cast<double>(run_named(runs, run).sum(false).gave_up.ham);
}

// What the attack adds to the delay of one kind of victims, that 99 of 100 do not exceed.
double added(const SimRuns& runs, std::string_view victims) {
  constexpr double kShare = 0.99;
  const auto under = delay_at(*run_named(runs, kAsSet).group(victims), kShare);
  const auto without = delay_at(*run_named(runs, kNoAttack).group(victims), kShare);
  return static_cast<double>((under - without).count()) / 1000;
}

template <typename Figure>
SimClaim claim(std::string_view says, SimClaim::Unit unit, Figure figure, double high) {
  return {says, "G8", unit, +figure, 0, high};
}

std::vector<SimClaim> claims() {
  using Unit = SimClaim::Unit;
  using Runs = const SimRuns&;
  constexpr double kOneIn99 = 1.0 / 99;
  constexpr double kQuarter = 15 * 60;
  return {
      claim(
          "spam got in for each ham-like message, bought with 10", Unit::share,
          [](Runs runs) { return per_bought(runs, kAsSet, 10); }, kOneIn99),
      claim(
          "the same, bought with 100", Unit::share,
          [](Runs runs) { return per_bought(runs, kAsSet, 100); }, kOneIn99),
      claim(
          "the same, bought with 1,000", Unit::share,
          [](Runs runs) { return per_bought(runs, kAsSet, 1'000); }, kOneIn99),
      claim(
          "the same, bought with 100, by likelihood", Unit::share,
          [](Runs runs) { return per_bought(runs, kByLikelihood, 100); }, kOneIn99),
      claim(
          "the same, bought with 1,000, by likelihood", Unit::share,
          [](Runs runs) { return per_bought(runs, kByLikelihood, 1'000); }, kOneIn99),
      claim(
          "spam of ten that messages nobody judged bring in beyond a stranger's, with no errors",
          Unit::count,
          [](Runs runs) {
            return std::max(0.0, delivered(runs, kNoErrors, kOfVolume) -
                                     delivered(runs, kNoErrors, kOfNothing));
          },
          0),
      claim(
          "ham of victims refused for good", Unit::count,
          [](Runs runs) { return ham_refused_for_good(run_named(runs, kAsSet)); }, 0),
      claim(
          "ham of victims given up", Unit::count, [](Runs runs) { return gave_up(runs, kAsSet); },
          0),
      claim(
          "ham of victims given up, by likelihood", Unit::count,
          [](Runs runs) { return gave_up(runs, kByLikelihood); }, 0),
      claim(
          "added delay, 99 %: forwarders", Unit::seconds,
          [](Runs runs) { return added(runs, "forwarders"); }, kQuarter),
      claim(
          "added delay, 99 %: mailing lists", Unit::seconds,
          [](Runs runs) { return added(runs, "lists"); }, kQuarter),
      claim(
          "added delay, 99 %: servers that bounce", Unit::seconds,
          [](Runs runs) { return added(runs, "servers that bounce"); }, kQuarter),
      claim(
          "added delay, 99 %: servers with a web form", Unit::seconds,
          [](Runs runs) { return added(runs, "web servers"); }, kQuarter),
      claim(
          "added delay, 99 %: newsletters with traps among their readers", Unit::seconds,
          [](Runs runs) { return added(runs, "newsletters"); }, kQuarter),
      claim(
          "added delay, 99 %: who shares an address with bots", Unit::seconds,
          [](Runs runs) { return added(runs, "neighbours of bots"); }, kQuarter),
  };
}

}  // namespace

SimScenario poison() {
  SimScenario scenario;
  scenario.name = "poison";
  scenario.shows =
      "Some buy a good name with mail like ham and spend it; others have traps written to through "
      "forwarders, lists, bounces, web forms and newsletters, or share an address with who is "
      "honest. A lying gate of a fleet waits for the fleet.";
  scenario.populations = populations;
  scenario.parts = {"poison"};
  scenario.variants = {{kByLikelihood, by_likelihood}, {kNoErrors, nullptr, without_errors}};
  scenario.claims = claims();
  return scenario;
}

}  // namespace gatepost
