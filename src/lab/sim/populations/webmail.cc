// Implements lab/sim/populations/webmail.h.
#include "lab/sim/populations/webmail.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatepost {
namespace {

constexpr std::uint64_t kUsers = 1'000'000;
constexpr std::uint32_t kInNetwork = 250;  // of its addresses, in each /24
constexpr std::uint64_t kAttempts = 5;     // each from an address of its own, then anew

// Letters that are no digits in any base, for who has digits in his name may have a consumer's
// line.
std::string name_of(std::uint32_t number) {
  std::string letters;
  for (int i = 0; i < 4; ++i, number /= 20) letters += static_cast<char>('g' + number % 20);
  return fmt::format("out-{}.bigmail.example", letters);
}

template <auto member>
double& part(SimParameters& parameters) {
  return parameters.webmail.*member;
}

}  // namespace

std::vector<SimParameter> webmail_parameters() {
  using P = WebmailParameters;
  constexpr std::string_view kAssumed = "assumed";
  return {
      {"webmail.addresses", part<&P::addresses>, {5, 1e5}, kAssumed, SimRange{50, 20'000}},
      {"webmail.ham", part<&P::ham>, {1, 1e6}, kAssumed, SimRange{20, 5'000}},
      {"webmail.spam", part<&P::spam>, {0, 1e6}, kAssumed, SimRange{1, 500}},
      {"webmail.spam_from", part<&P::spam_from>, {0, 400}, kAssumed, SimRange{0, 14}},
      {"webmail.trap_share", part<&P::trap_share>, {0, 1}, kAssumed, SimRange{0.01, 0.36}},
  };
}

std::vector<Plan> Webmail::plans() const {
  const auto a_day = is_spam_ ? parameters_.webmail.spam : parameters_.webmail.ham;
  const auto from = is_spam_ ? std::min(parameters_.webmail.spam_from, parameters_.days) : 0;
  const auto days = parameters_.days - from;
  std::vector<Plan> all;
  for (std::uint64_t message = 0; message < static_cast<std::uint64_t>(a_day * days); ++message)
    all.push_back({time_on(from + days * chances_("time", message)), message, 0});
  return all;
}

SimClient Webmail::client(std::uint64_t message, std::uint64_t attempt) const {
  const auto pool = static_cast<std::uint64_t>(parameters_.webmail.addresses);
  const auto number = static_cast<std::uint32_t>(chances_.below(pool, "address", message, attempt));
  const auto address =
      Address::v4(209u << 24 | (number / kInNetwork) << 8 | (1 + number % kInNetwork));
  return {address, {ClientName::Outcome::confirmed, name_of(number)}};
}

Mail Webmail::mail(const Plan& plan) const {
  Mail mail;
  mail.at = plan.at;
  mail.is_spam = is_spam_;
  for (std::uint64_t i = 0; i < kAttempts; ++i) mail.clients.push_back(client(plan.who, i));
  mail.helo = mail.clients.front().name.name;
  mail.sender = {is_spam_ ? "winner" : fmt::format("w{}", chances_.below(kUsers, "user", plan.who)),
                 "bigmail.example"};
  const bool is_trapped =
      is_spam_ && chances_.are(parameters_.webmail.trap_share, "trap", plan.who);
  mail.recipients = {fmt::format("{}{}@{}", is_trapped ? "trap" : "user",
                                 chances_.below(kSimUsers, "recipient", plan.who), kSimDomain)};
  mail.returns = *Returns::named("gmail");
  return mail;
}

}  // namespace gatepost
