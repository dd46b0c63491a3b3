// Implements lab/sim/populations/dictionary.h.
#include "lab/sim/populations/dictionary.h"

#include <fmt/format.h>

#include "lab/sim/populations/botnet.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kGuessed = 100'000;  // names in a dictionary that nobody has
constexpr std::uint64_t kListed = 50;        // recipients of a message to the list

enum Server : std::uint64_t { has_list, mistypes, usual };

// Half of them in 221.0.0.0/8, half in 89.0.0.0/8.
Address address_of(const Chances& chances, std::uint64_t who) {
  const auto top = chances.are(0.5, "network", who) ? 221u : 89u;
  return Address::v4(top << 24 |
                     static_cast<std::uint32_t>(chances.below(1u << 24, "address", who)));
}

std::string user(std::uint64_t number) { return fmt::format("user{}@{}", number, kSimDomain); }
std::string nobody(std::uint64_t number) { return fmt::format("nobody{}@{}", number, kSimDomain); }

template <auto member>
double& part(SimParameters& parameters) {
  return parameters.dictionary.*member;
}

}  // namespace

std::vector<SimParameter> dictionary_parameters() {
  using P = DictionaryParameters;
  constexpr std::string_view kSeen =
      "an operator's report, 221/8 and 89/8, 1 to 50 recipients a connection";
  constexpr std::string_view kAssumed = "assumed";
  return {
      {"dictionary.bots", part<&P::bots>, {1, 1e6}, "the unit that the goal is of", {}},
      {"dictionary.connections", part<&P::connections>, {1, 100}, kAssumed, SimRange{1, 30}},
      {"dictionary.recipients", part<&P::recipients>, {1, 1'000}, kSeen, {}},
      {"dictionary.unknown_low", part<&P::unknown_low>, {0, 1}, kAssumed, SimRange{0.5, 0.95}},
      {"dictionary.unknown_high", part<&P::unknown_high>, {0, 1}, kAssumed, SimRange{0.9, 1}},
      {"dictionary.servers", part<&P::servers>, {2, 1'000}, kAssumed, {}},
      {"dictionary.server_mail", part<&P::server_mail>, {0, 1'000}, kAssumed, SimRange{1, 20}},
      {"dictionary.list_mail", part<&P::list_mail>, {0, 100}, kAssumed, SimRange{0.2, 10}},
      {"dictionary.list_stale", part<&P::list_stale>, {0, 1}, kAssumed, SimRange{0.01, 0.3}},
      {"dictionary.mistyped", part<&P::mistyped>, {0, 1}, kAssumed, SimRange{0.005, 0.1}},
  };
}

std::vector<Plan> DictionaryBots::plans() const {
  std::vector<Plan> all;
  const auto& with = parameters_.dictionary;
  for (std::uint64_t bot = 0; bot < static_cast<std::uint64_t>(with.bots); ++bot) {
    double day = parameters_.days * chances_("time", bot);
    for (std::uint64_t visit = 0; visit < static_cast<std::uint64_t>(with.connections); ++visit) {
      all.push_back({time_on(day), bot, visit});
      day += chances_.exponential(parameters_.burst_gap_min / (24 * 60), "gap", bot, visit);
    }
  }
  return all;
}

Mail DictionaryBots::mail(const Plan& plan) const {
  const auto& with = parameters_.dictionary;
  auto mail = of_bot(parameters_, chances_, plan, address_of(chances_, plan.who), "wide.example");
  mail.sender = {fmt::format("s{}", plan.which), fmt::format("forged{}.example", plan.who % 97)};
  const auto unknown =
      with.unknown_low + (with.unknown_high - with.unknown_low) * chances_("unknown", plan.who);
  const auto count = 1 + chances_.below(static_cast<std::uint64_t>(with.recipients), "recipients",
                                        plan.who, plan.which);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto which = plan.which * 1'000 + i;
    const bool is_unknown = chances_.are(unknown, "is unknown", plan.who, which);
    const auto guess = chances_.below(is_unknown ? kGuessed : kSimUsers, "guess", plan.who, which);
    mail.recipients.push_back(is_unknown ? nobody(guess) : user(guess));
  }
  return mail;
}

std::vector<Plan> ServersAmongThem::plans() const {
  std::vector<Plan> all;
  const auto& with = parameters_.dictionary;
  for (std::uint64_t server = 0; server < static_cast<std::uint64_t>(with.servers); ++server) {
    const auto a_day = server == has_list ? with.list_mail : with.server_mail;
    const auto count = static_cast<std::uint64_t>(a_day * parameters_.days);
    for (std::uint64_t message = 0; message < count; ++message)
      all.push_back(
          {time_on(parameters_.days * chances_("time", server, message)), server, message});
  }
  return all;
}

// Who mistyped one of two is told so, and the other gets the message.
std::vector<std::string> ServersAmongThem::recipients(const Plan& plan) const {
  const auto& with = parameters_.dictionary;
  const auto whom = chances_.below(kSimUsers, "recipient", plan.who, plan.which);
  if (plan.who == mistypes && chances_.are(with.mistyped, "mistyped", plan.who, plan.which))
    return {nobody(whom), user(whom)};
  if (plan.who != has_list) return {user(whom)};
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < kListed; ++i)
    all.push_back(chances_.are(with.list_stale, "stale", i) ? nobody(i) : user(i));
  return all;
}

Mail ServersAmongThem::mail(const Plan& plan) const {
  Mail mail;
  mail.at = plan.at;
  const auto domain = fmt::format("neighbour{}.example", plan.who);
  mail.helo = "mail." + domain;
  mail.clients = {{address_of(chances_, plan.who), {ClientName::Outcome::confirmed, mail.helo}}};
  mail.sender = {plan.who == has_list ? "news-bounces" : fmt::format("w{}", plan.which % 3),
                 domain};
  mail.recipients = recipients(plan);
  mail.returns =
      Returns::of_mail_server(facts_of(mail.clients.front(), mail.sender), chances_.seed());
  return mail;
}

}  // namespace gatepost
