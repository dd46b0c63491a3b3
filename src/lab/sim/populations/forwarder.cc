// Implements lab/sim/populations/forwarder.h.
#include "lab/sim/populations/forwarder.h"

#include <fmt/format.h>

#include "lab/sim/populations/botnet.h"

namespace gatepost {
namespace {

constexpr std::uint64_t kSpammers = 300;
constexpr std::uint64_t kWriters = 500;
constexpr std::uint64_t kListed = 5;  // recipients of a message to a list

Address spammer_address(std::uint64_t number) {
  return Address::v4(60u << 24 | static_cast<std::uint32_t>(number) << 8 | 7u);
}
Address writer_address(std::uint64_t number) {
  return Address::v4(200u << 24 | static_cast<std::uint32_t>(number) << 8 | 25u);
}

std::string user(std::uint64_t number) { return fmt::format("user{}@{}", number, kSimDomain); }

template <auto member>
double& part(SimParameters& parameters) {
  return parameters.forwarder.*member;
}

}  // namespace

std::vector<SimParameter> forwarder_parameters() {
  using P = ForwarderParameters;
  constexpr std::string_view kAssumed = "assumed";
  constexpr std::string_view kWhich = "which variant";
  return {
      {"forwarder.mail", part<&P::mail>, {1, 1e5}, kAssumed, SimRange{20, 2'000}},
      {"forwarder.spam_share", part<&P::spam_share>, {0, 1}, kAssumed, SimRange{0.02, 0.6}},
      {"forwarder.trap_share", part<&P::trap_share>, {0, 1}, kAssumed, SimRange{0.01, 0.36}},
      {"forwarder.direct_share", part<&P::direct_share>, {0, 1}, kAssumed, SimRange{0, 1}},
      {"forwarder.rewrites", part<&P::rewrites>, {0, 1}, kWhich, {}},
      {"forwarder.is_list", part<&P::is_list>, {0, 1}, kWhich, {}},
  };
}

Address forwarder_address(std::uint64_t machine) {
  return Address::v4(198u << 24 | 51u << 16 | 100u << 8 |
                     (10u + static_cast<std::uint32_t>(machine)));
}

std::vector<Plan> Forwarded::plans() const {
  const auto& with = parameters_.forwarder;
  const auto share = is_spam_ ? with.spam_share : 1 - with.spam_share;
  const auto count = static_cast<std::uint64_t>(with.mail * share * parameters_.days);
  std::vector<Plan> all;
  for (std::uint64_t message = 0; message < count; ++message) {
    all.push_back({time_on(parameters_.days * chances_("time", message)),
                   chances_.below(is_spam_ ? kSpammers : kWriters, "origin", message), message});
  }
  return all;
}

// As it is in the envelope by then.
Mailbox Forwarded::sender(const Mailbox& original) const {
  if (parameters_.forwarder.is_list > 0) return {"talk-bounces", "alumni.example"};
  if (parameters_.forwarder.rewrites == 0) return original;
  return {fmt::format("srs0=a1b2=c3={}={}", original.domain, original.local), "alumni.example"};
}

Mail Forwarded::mail(const Plan& plan) const {
  Mail mail;
  mail.at = plan.at;
  mail.is_spam = is_spam_;
  const auto machine = chances_.below(kForwarders, "machine", plan.which);
  mail.helo = fmt::format("out{}.alumni.example", machine);
  mail.clients = {{forwarder_address(machine), {ClientName::Outcome::confirmed, mail.helo}}};
  mail.origin = is_spam_ ? spammer_address(plan.who) : writer_address(plan.who);
  mail.sender = sender(is_spam_ ? Mailbox{fmt::format("s{}", plan.which), "forged.example"}
                                : Mailbox{"w", fmt::format("company{}.example", plan.who)});
  const auto whom = chances_.below(kSimUsers, "recipient", plan.which);
  const auto count = parameters_.forwarder.is_list > 0 ? kListed : 1;
  for (std::uint64_t i = 0; i < count; ++i) mail.recipients.push_back(user((whom + i) % kSimUsers));
  if (is_spam_ && chances_.are(parameters_.forwarder.trap_share, "trap", plan.which))
    mail.recipients.back() = fmt::format("trap{}@{}", plan.which % 20, kSimDomain);
  mail.returns = *Returns::named("Postfix");
  return mail;
}

std::vector<Plan> DirectToo::plans() const {
  std::vector<Plan> all;
  for (std::uint64_t spammer = 0; spammer < kSpammers; ++spammer) {
    if (!chances_.are(parameters_.forwarder.direct_share, "direct", spammer)) continue;
    const auto day = parameters_.days * (0.5 + chances_("time", spammer) / 2);
    all.push_back({time_on(day), spammer, 0});
  }
  return all;
}

Mail DirectToo::mail(const Plan& plan) const {
  auto mail = of_bot(parameters_, chances_, plan, spammer_address(plan.who), "provider.example");
  mail.sender = {"s", "forged.example"};
  mail.recipients = {user(plan.who % kSimUsers)};
  return mail;
}

}  // namespace gatepost
