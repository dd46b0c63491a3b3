// Implements lab/sim/populations/botnet.h.
#include "lab/sim/populations/botnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/sim/populations/providers.h"

namespace gatepost {
namespace {

// P(n) ~ n^-1.86 e^(-n/30), scaled to the mean that is wanted.
std::uint64_t messages_of(double mean, double chance) {
  constexpr double kMean = 2.63;
  static const std::vector<double> sums = [] {
    std::vector<double> sums;
    double sum = 0;
    for (int n = 1; n <= 300; ++n) sums.push_back(sum += std::pow(n, -1.86) * std::exp(-n / 30.0));
    for (auto& one : sums) one /= sum;
    return sums;
  }();
  if (mean <= 1) return 1;
  const auto n = 1 + (std::lower_bound(sums.begin(), sums.end(), chance) - sums.begin());
  const double scaled = 1 + static_cast<double>(n - 1) * (mean - 1) / (kMean - 1);
  return static_cast<std::uint64_t>(std::llround(scaled));
}

// A name that tells nothing of the address: no digit is in it.
std::string letters_of(std::uint32_t bits) {
  std::string letters;
  for (; bits > 0; bits /= 20) letters += "bcdfghjklmnpqrstvwxz"[bits % 20];
  return letters;
}

ClientName name_of_bot(const SimParameters& parameters, std::string_view domain,
                       const Address& address, double chance) {
  using Outcome = ClientName::Outcome;
  const auto bits = address.v4_bits();
  const auto line = fmt::format("{}-{}-{}-{}.dsl.{}", bits >> 24, bits >> 16 & 255, bits >> 8 & 255,
                                bits & 255, domain);
  if (chance < parameters.rdns_consumer) return {Outcome::confirmed, line};
  chance -= parameters.rdns_consumer;
  if (chance < parameters.rdns_none * 2 / 3) return {Outcome::none, {}};
  if (chance < parameters.rdns_none) return {Outcome::mismatch, line};
  return {Outcome::confirmed, fmt::format("mail.{}.{}", letters_of(bits), domain)};
}

std::string helo_of_bot(double invalid, const ClientName& name, const Address& address,
                        double chance) {
  if (chance >= invalid) return name.name.empty() ? "mail.example.net" : name.name;
  if (chance < 0.09) return kSimDomain;
  return chance < 0.4 ? address.to_string() : fmt::format("pc{}", address.v4_bits() & 0xffff);
}

// What the bots of one program have in common, as it differs from all bots: behaviours go together,
// and what catches the one way often catches the other (E. Pagani et al., 2016; B@bel, 2012).
struct Family {
  double never_returns;  // beside the share of all
  double too_soon;
  double helo_invalid;
};
// Weighed by their shares of the bots, as they are by default, each column comes to nothing.
constexpr Family kEarly{0.242, -0.015, 0.05};
constexpr Family kImpatient{0.042, 0.085, 0.03};
constexpr Family kPatient{-0.298, -0.098, -0.09};

const Family& family_of(const SimParameters& parameters, double chance) {
  if (chance < parameters.pregreet_share) return kEarly;
  return chance < parameters.pregreet_share + parameters.impatient_share ? kImpatient : kPatient;
}

double of_family(double of_all, double beside, const SimParameters& parameters) {
  return std::clamp(of_all + beside * parameters.family_ties, 0.0, 1.0);
}

Manners manners_of_bot(const SimParameters& parameters, const Chances& chances, const Plan& plan) {
  const auto family = chances("family", plan.who);
  Manners manners;
  manners.talks_early = family < parameters.pregreet_share;
  if (manners.talks_early || family >= parameters.pregreet_share + parameters.impatient_share)
    return manners;
  const auto seconds = parameters.patience_scale_s *
                       std::pow(chances.exponential(1, "patience", plan.who, plan.which),
                                1 / parameters.patience_shape);
  manners.patience = Duration(static_cast<std::int64_t>(seconds * 1000));
  return manners;
}

}  // namespace

Mail of_bot(const SimParameters& parameters, const Chances& chances, const Plan& plan,
            const Address& address, std::string_view provider) {
  const auto bot = plan.who;
  SimClient client{address, {}};
  client.name = name_of_bot(parameters, provider, address, chances("name", bot));
  client.is_listed =
      chances.are(listed_share(parameters, client.name.outcome), "listed", bot, address.v4_bits());
  Mail mail;
  mail.at = plan.at;
  mail.clients = {client};
  mail.is_spam = true;
  mail.manners = manners_of_bot(parameters, chances, plan);
  const auto& family = family_of(parameters, chances("family", bot));
  const auto invalid = of_family(parameters.helo_invalid, family.helo_invalid, parameters);
  mail.helo = helo_of_bot(invalid, client.name, address, chances("helo", bot));
  mail.returns =
      Returns::of_spammer(facts_of(client, {}),
                          {of_family(parameters.never_returns, family.never_returns, parameters),
                           of_family(parameters.returns_too_soon, family.too_soon, parameters)},
                          chances.seed());
  return mail;
}

// For how many days a bot has its address.
double Botnet::lifetime(std::uint64_t bot, std::uint64_t renewal) const {
  const auto kind = chances_("lifetime", bot);
  if (kind < parameters_.address_day) return 1;
  const double mean = kind < parameters_.address_day + parameters_.address_week ? 7 : 60;
  return chances_.exponential(mean, "renewal", bot, renewal);
}

std::uint64_t Botnet::address_number(std::uint64_t bot, double day) const {
  double until = 0;
  for (std::uint64_t renewal = 0;; ++renewal) {
    until += std::max(lifetime(bot, renewal), 0.01);
    if (until > day) return renewal;
  }
}

// On which days, and when on these, a bot sends its messages. Who is seen for longer has his
// address for longer.
std::vector<double> Botnet::days(std::uint64_t bot, std::uint64_t messages) const {
  std::vector<double> all;
  all.reserve(messages);
  if (parameters_.heavy_tail == 0) {  // one after the other, in equal parts of the time
    const auto part = parameters_.days / static_cast<double>(messages);
    for (std::uint64_t message = 0; message < messages; ++message)
      all.push_back(part * (static_cast<double>(message) + chances_("time", bot, message)));
    return all;
  }
  double day = parameters_.days * chances_("time", bot);
  const bool is_long = chances_("lifetime", bot) >= parameters_.burst_share;
  for (std::uint64_t gap = 1; all.size() < messages; ++gap) {
    all.push_back(std::fmod(day, parameters_.days));  // as many come in later as have begun earlier
    const bool leaves = is_long && chances_.are(parameters_.away_share, "away", bot, gap);
    const double mean = leaves ? parameters_.away_days : parameters_.burst_gap_min / (24 * 60);
    day += chances_.exponential(mean, "gap", bot, gap);
  }
  return all;
}

std::vector<Plan> Botnet::plans() const {
  std::vector<Plan> all;
  const auto mean = parameters_.spam_per_bot;
  for (std::uint64_t bot = 0; bot < static_cast<std::uint64_t>(parameters_.bots); ++bot) {
    const auto count = parameters_.heavy_tail > 0 ? messages_of(mean, chances_("count", bot))
                                                  : static_cast<std::uint64_t>(std::llround(mean));
    std::uint64_t message = 0;
    for (const auto day : days(bot, count)) all.push_back({time_on(day), bot, message++});
  }
  return all;
}

Mail Botnet::mail(const Plan& plan) const {
  const auto bot = plan.who;
  const auto provider = provider_of(chances_("provider", bot));
  const auto renewal = address_number(bot, sim_day(plan.at));
  const auto address = address_in(provider, chances_("address", bot, renewal));
  auto mail =
      of_bot(parameters_, chances_, plan, address, fmt::format("provider{}.example", provider));
  mail.sender = {fmt::format("s{}", chances_.below(1'000'000, "sender", bot, plan.which)),
                 fmt::format("forged{}.example", bot % 97)};
  const auto whom = chances_("recipient", bot, plan.which);
  mail.recipients = {whom < parameters_.trap_share
                         ? fmt::format("trap{}@{}", static_cast<int>(whom * 1000), kSimDomain)
                         : fmt::format("user{}@{}",
                                       static_cast<std::uint64_t>(whom * 1e6) % kSimUsers,
                                       kSimDomain)};
  return mail;
}

}  // namespace gatepost
