// Implements checks/botnet/botnet.h.
#include "checks/botnet/botnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "checks/botnet/name_classes.h"
#include "checks/botnet/name_part.h"
#include "checks/botnet/strength.h"
#include "checks/settings.h"
#include "model/host_name.h"

namespace gatepost {
namespace {

using Outcome = ClientName::Outcome;

bool is_passed_over(const Evidence& evidence) {
  const auto& session = evidence.session;
  const auto& settings = evidence.settings.botnet;
  const auto& address = session.client.address;
  if (session.unclaimed || (settings.pass_auth && session.authenticated)) return true;
  if (contains(settings.pass_ip, address) || contains(settings.skip_ip, address)) return true;
  // Whoever has an address can give it any name; only the domain's owner can lead it back.
  return session.name.outcome == Outcome::confirmed &&
         std::any_of(settings.pass_domains.begin(), settings.pass_domains.end(),
                     [&](const auto& domain) { return is_in_domain(session.name.name, domain); });
}

std::string shown(const Evidence& evidence) {
  return '"' + escape(evidence.session.name.name, 100) + '"';
}

Hit words_found(const Evidence& evidence, const WordList& list, std::string_view what) {
  const auto words = list.all_in(before_two_labels(evidence.session.name.name));
  return Hit{fmt::format("its name {} has {}: {}", shown(evidence), what,
                         escape(fmt::format("{}", fmt::join(words, " ")), 100))};
}

}  // namespace

const NameClasses& classes_in(const Evidence& evidence) {
  auto& classes = evidence.name_classes;
  if (!classes) {
    const auto& session = evidence.session;
    classes = is_passed_over(evidence)
                  ? NameClasses{}
                  : classify(session.name.name, session.client.address, evidence.settings.botnet);
  }
  return *classes;
}

std::optional<Hit> look_for_no_name(const Evidence& evidence) {
  if (evidence.session.name.outcome != Outcome::none || is_passed_over(evidence)) {
    return std::nullopt;
  }
  return Hit{"its address has no name"};
}

std::optional<Hit> look_for_bad_name(const Evidence& evidence) {
  if (evidence.session.name.outcome != Outcome::mismatch || is_passed_over(evidence)) {
    return std::nullopt;
  }
  return Hit{fmt::format("its name {} does not lead back to it", shown(evidence))};
}

std::optional<Hit> look_for_ip_in_name(const Evidence& evidence) {
  if (!classes_in(evidence).ip_in_name) return std::nullopt;
  return Hit{fmt::format("its name {} holds its address", shown(evidence))};
}

std::optional<Hit> look_for_client_words(const Evidence& evidence) {
  if (!classes_in(evidence).client_words) return std::nullopt;
  return words_found(evidence, evidence.settings.botnet.client_words, "words of lines");
}

std::optional<Hit> look_for_server_words(const Evidence& evidence) {
  if (!classes_in(evidence).server_words) return std::nullopt;
  auto hit = words_found(evidence, evidence.settings.botnet.server_words, "words of servers");
  hit.points = 0;
  return hit;
}

std::optional<Hit> look_for_client_name(const Evidence& evidence) {
  if (!classes_in(evidence).client()) return std::nullopt;
  return Hit{fmt::format("its name {} is one of a line, and of no server", shown(evidence))};
}

std::optional<Hit> look_for_small_office(const Evidence& evidence) {
  const auto& session = evidence.session;
  if (session.sender_leads_here != Leads::yes || is_passed_over(evidence)) return std::nullopt;
  return Hit{fmt::format("the names that its sender and it go by lead to it: {}",
                         escape(session.sender.domain, 100)),
             0};
}

std::optional<Hit> look_for_name_strength(const Evidence& evidence) {
  if (is_passed_over(evidence)) return std::nullopt;
  const auto& session = evidence.session;
  const auto signs = signs_in(session.name, session.client.address, session.sender_leads_here,
                              evidence.settings.botnet);
  const auto strength = signs.strength();
  if (strength < kStrengthHit) return std::nullopt;
  return Hit{
      fmt::format("strength {}, from {} on a line: {}", strength, kStrengthHit, signs.describe())};
}

}  // namespace gatepost
