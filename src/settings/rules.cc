// What holds between several settings, or makes one doubtful: the rules of
// settings/settings_table.h.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "model/loopback.h"
#include "settings/codecs.h"
#include "settings/dnsbl_section.h"
#include "settings/enforce_section.h"
#include "settings/follow_section.h"
#include "settings/learn_section.h"
#include "settings/mta_sections.h"
#include "settings/settings_table.h"
#include "settings/web_section.h"

namespace gatepost::settings_table {
namespace {

using Broken = std::optional<std::string>;

constexpr Duration kPatienceOfClients = std::chrono::seconds(30);

Broken host_has_no_name(const Place& place) {
  if (!place.settings->hostname.empty()) return std::nullopt;
  return "this host has no usable name of its own, expected " + host_name().expected;
}

Broken long_wait(const Place& place) {
  if (place.settings->greet.wait <= kPatienceOfClients) return std::nullopt;
  return fmt::format(
      "clients should wait 5 minutes (RFC 5321 4.5.3.2.1), but many do not wait over {}; expected "
      "at most \"{}\"",
      describe(kPatienceOfClients), to_string(kPatienceOfClients));
}

Broken few_recipients(const Place& place) {
  constexpr std::uint32_t kLeast = 100;
  if (place.settings->limits.recipients >= kLeast) return std::nullopt;
  return fmt::format("a server should take {} recipients (RFC 5321 4.5.3.1.8), expected no fewer",
                     kLeast);
}

Broken small_messages(const Place& place) {
  if (place.settings->limits.message_size >= 64u << 10) return std::nullopt;
  return "a server should take messages of 64KiB (RFC 5321 4.5.3.1.7), expected no less";
}

Broken names_not_known(const Settings& settings, const std::vector<std::string>& domains) {
  if (settings.dns.names || domains.empty()) return std::nullopt;
  return fmt::format(
      "has {}, and with dns.names = false exemptions by name never hold, expected no domains, "
      "or dns.names = true",
      repeated(domains.front()));
}

Broken exempt_by_unknown_name(const Place& place) {
  return names_not_known(*place.settings, place.settings->greet.exempt_domains);
}

Broken excepted_by_unknown_name(const Place& place) {
  return names_not_known(*place.settings, place.settings->exceptions.domains);
}

Broken many_name_servers(const Place& place) {
  constexpr std::size_t kMost = 8;  // each takes its share of the time
  if (place.settings->dns.servers.size() <= kMost) return std::nullopt;
  return fmt::format("names {} servers, expected at most {}", place.settings->dns.servers.size(),
                     kMost);
}

Broken short_longest(const Place& place) {
  const auto& jail = place.settings->jail;
  if (jail.longest >= jail.first) return std::nullopt;
  return fmt::format("is shorter than jail.first, expected at least \"{}\"", to_string(jail.first));
}

Broken reject_before_tempfail(const Place& place) {
  const auto& decide = place.settings->decide;
  if (decide.reject_at >= decide.tempfail_at) return std::nullopt;
  return fmt::format("is below decide.tempfail_at, expected at least {}", decide.tempfail_at);
}

Broken no_endpoint(const Place& place) {
  if (!place.door->listen.empty()) return std::nullopt;
  return "is missing or empty, expected a list, each element " + endpoint().expected;
}

Broken endpoint_twice(const Place& place) {
  std::vector<Endpoint> taken;
  for (const auto& door : place.settings->smtp) {
    if (&door == place.door) break;
    taken.insert(taken.end(), door.listen.begin(), door.listen.end());
  }
  for (const auto& endpoint : place.door->listen) {
    if (std::find(taken.begin(), taken.end(), endpoint) != taken.end()) {
      return fmt::format("names {} a second time, expected each endpoint once",
                         endpoint.to_string());
    }
    taken.push_back(endpoint);
  }
  return std::nullopt;
}

Broken no_backend(const Place& place) {
  const auto& backend = place.door->backend;
  if (!backend.path.empty() || backend.port > 0) return std::nullopt;
  return "is missing, expected " + settings_table::backend().expected;
}

// RFC 1918, RFC 3927, RFC 4193, RFC 4291 2.5.6: addresses that the world cannot write to.
const std::vector<Network>& private_networks() {
  static const std::vector<Network> networks{
      *Network::parse("10.0.0.0/8"),     *Network::parse("172.16.0.0/12"),
      *Network::parse("192.168.0.0/16"), *Network::parse("169.254.0.0/16"),
      *Network::parse("fc00::/7"),       *Network::parse("fe80::/10")};
  return networks;
}

// Whether who connects to `target` on this host meets a listener on `own`.
bool reaches(const Address& target, const Address& own) {
  const bool any = own == Address() || own == Address::v4(0);
  return target == own || (any && target.is_v4() == own.is_v4() && is_loopback(target));
}

Broken backend_is_door(const Place& place) {
  const auto backend_address = Address::parse(place.door->backend.host);
  if (!backend_address) return std::nullopt;
  for (const auto& door : place.settings->smtp) {
    for (const auto& endpoint : door.listen) {
      if (endpoint.port == place.door->backend.port &&
          reaches(*backend_address, endpoint.address)) {
        return fmt::format("leads back to the door at {}, expected a mail server behind the gate",
                           endpoint.to_string());
      }
    }
  }
  return std::nullopt;
}

// The backend takes every client for the gate itself, which it may well relay for. At a submission
// door only users come so far.
Broken open_relay_by_address(const Place& place) {
  const auto& door = *place.door;
  if (door.backend.kind != Backend::Kind::smtp || door.client_by != ClientBy::none ||
      door.purpose == Purpose::submission || !door.relay_domains.empty()) {
    return std::nullopt;
  }
  return "is required with client_by = \"none\", expected a list of the domains that mail is "
         "taken for";
}

// A Maildir knows no domains and would take everything.
Broken open_maildir(const Place& place) {
  const auto& door = *place.door;
  if (door.backend.kind != Backend::Kind::maildir || door.purpose == Purpose::submission ||
      !door.relay_domains.empty()) {
    return std::nullopt;
  }
  for (const auto& endpoint : door.listen) {
    if (is_loopback(endpoint.address) || contains(private_networks(), endpoint.address)) {
      continue;
    }
    return fmt::format(
        "is required with a Maildir on the public address {}, expected a list of "
        "the domains that mail is taken for",
        endpoint.address.to_string());
  }
  return std::nullopt;
}

Broken any_domain(const Place& place) {
  const auto& domains = place.door->relay_domains;
  if (std::find(domains.begin(), domains.end(), "*") == domains.end()) return std::nullopt;
  return "takes mail for any domain, which makes an open relay unless the backend refuses; "
         "expected "
         "a list of domains";
}

Broken maildir_for_users(const Place& place) {
  const auto& door = *place.door;
  if (door.backend.kind != Backend::Kind::maildir || door.purpose != Purpose::submission) {
    return std::nullopt;
  }
  return "is a Maildir, which knows no logins, expected \"smtp://HOST:PORT\" with purpose = "
         "\"submission\"";
}

Broken maildir_without_tls(const Place& place) {
  const auto& door = *place.door;
  const bool insists =
      door.backend_tls == BackendTls::required || door.backend_tls == BackendTls::verified;
  if (door.backend.kind != Backend::Kind::maildir || !insists) return std::nullopt;
  return "asks for TLS to a Maildir, to which there is none, expected \"opportunistic\" or \"off\"";
}

Broken tls_without_files(const Place& place) {
  const auto& door = *place.door;
  if (door.tls == DoorTls::off) return std::nullopt;
  if (door.tls_certificate.empty()) return "needs a certificate, expected tls_certificate too";
  if (door.tls_key.empty()) return "needs the certificate's key, expected tls_key too";
  return std::nullopt;
}

Broken files_without_tls(const Place& place) {
  const auto& door = *place.door;
  if (door.tls != DoorTls::off || (door.tls_certificate.empty() && door.tls_key.empty())) {
    return std::nullopt;
  }
  return "is \"off\", so the certificate is not used, expected \"starttls\" or \"implicit\"";
}

Broken no_login_without_tls(const Place& place) {
  const auto& door = *place.door;
  if (door.purpose != Purpose::submission || door.tls != DoorTls::off) return std::nullopt;
  return "is \"off\", and logins are only relayed inside TLS: nobody can log in, and only those in "
         "trusted can send; expected \"starttls\" or \"implicit\"";
}

Broken no_login_to_plain_backend(const Place& place) {
  const auto& door = *place.door;
  if (door.purpose != Purpose::submission || door.backend_tls != BackendTls::off) {
    return std::nullopt;
  }
  const auto address = Address::parse(door.backend.host);
  if (address ? is_loopback(*address) : door.backend.host == "localhost") {
    return std::nullopt;
  }
  return fmt::format(
      "is \"off\", and no password is sent to {} in plain text: nobody can log in; expected "
      "\"required\" or \"verified\"",
      repeated(door.backend.host));
}

Broken anyone_is_proxy(const Place& place) {
  for (const auto& network : place.door->proxy_from) {
    if (network.prefix_bits() > 0) continue;
    return fmt::format(
        "{} is everybody, and anyone could claim any address; expected the addresses of your "
        "proxies",
        network.to_string());
  }
  return std::nullopt;
}

Broken many_are_proxies(const Place& place) {
  for (const auto& network : place.door->proxy_from) {
    const auto narrow = network.base().is_v4() ? 8u : 16u;
    if (network.prefix_bits() >= narrow || network.prefix_bits() == 0) continue;
    return fmt::format(
        "{} is wide, and each machine in it can claim any address; expected the addresses of your "
        "proxies",
        network.to_string());
  }
  return std::nullopt;
}

Broken no_recipient(const Place& place) {
  if (!place.restricted->recipient.empty()) return std::nullopt;
  return "is missing, expected " + mail_address().expected;
}

Broken recipient_twice(const Place& place) {
  const auto& recipient = place.restricted->recipient;
  for (const auto& other : place.settings->checks.restricted.addresses) {
    if (&other == place.restricted) break;
    if (!recipient.empty() && other.recipient == recipient) {
      return fmt::format("{} is restricted a second time, expected all its senders in one place",
                         repeated(recipient));
    }
  }
  return std::nullopt;
}

Broken no_senders(const Place& place) {
  if (!place.restricted->senders.empty()) return std::nullopt;
  return "is missing or empty, expected a list, each element " + correspondent().expected;
}

// The gate's sandbox grants folders, but none with a key: of what is in it only the files that it
// finds at the start.
Broken key_beside_as_database(const Place& place) {
  namespace fs = std::filesystem;
  const auto folder =
      fs::path(place.settings->checks.score.as_database).parent_path().lexically_normal();
  if (folder.empty()) return std::nullopt;
  for (const auto& files : place.settings->tls_files()) {
    const auto below = fs::path(files.key).lexically_normal().lexically_relative(folder);
    if (below.empty() || *below.begin() == "..") continue;
    return fmt::format(
        "shares its folder with {}, so that a newer one is taken by a restart only, not by a "
        "reload; expected a folder without a key",
        repeated(files.key));
  }
  return std::nullopt;
}

std::vector<Rule> all_rules() {
  using enum Rule::Weight;
  std::vector<Rule> all{
      {"", {"hostname"}, fault, host_has_no_name},
      {"smtp", {"listen"}, fault, no_endpoint},
      {"smtp", {"listen"}, fault, endpoint_twice},
      {"smtp", {"backend"}, fault, no_backend},
      {"smtp", {"backend", "listen"}, fault, backend_is_door},
      {"smtp", {"relay_domains", "client_by", "backend", "purpose"}, fault, open_relay_by_address},
      {"smtp", {"relay_domains", "listen", "backend", "purpose"}, fault, open_maildir},
      {"smtp", {"relay_domains"}, warning, any_domain},
      {"smtp", {"backend", "purpose"}, fault, maildir_for_users},
      {"smtp", {"backend_tls", "backend"}, fault, maildir_without_tls},
      {"smtp", {"backend_tls", "purpose", "backend"}, warning, no_login_to_plain_backend},
      {"smtp", {"proxy_from"}, fault, anyone_is_proxy},
      {"smtp", {"proxy_from"}, warning, many_are_proxies},
      {"smtp", {"tls", "tls_certificate", "tls_key"}, fault, tls_without_files},
      {"smtp", {"tls", "tls_certificate", "tls_key"}, warning, files_without_tls},
      {"smtp", {"tls", "purpose"}, warning, no_login_without_tls},
      {"limits", {"recipients"}, warning, few_recipients},
      {"limits", {"message_size"}, warning, small_messages},
      {"greet", {"wait"}, warning, long_wait},
      {"greet", {"exempt"}, fault, exempt_by_unknown_name},
      {"dns", {"servers"}, fault, many_name_servers},
      {"score", {"as_database"}, warning, key_beside_as_database},
      {"jail", {"longest", "first"}, fault, short_longest},
      {"traps.restricted", {"recipient"}, fault, no_recipient},
      {"traps.restricted", {"recipient"}, fault, recipient_twice},
      {"traps.restricted", {"senders"}, fault, no_senders},
      {"decide", {"reject_at", "tempfail_at"}, fault, reject_before_tempfail},
      {"exceptions", {"domains"}, fault, excepted_by_unknown_name},
  };
  for (auto& rule : dnsbl_rules()) all.push_back(std::move(rule));
  for (auto& rule : mta_rules()) all.push_back(std::move(rule));
  for (auto& rule : enforce_rules()) all.push_back(std::move(rule));
  for (auto& rule : follow_rules()) all.push_back(std::move(rule));
  for (auto& rule : learn_rules()) all.push_back(std::move(rule));
  for (auto& rule : web_rules()) all.push_back(std::move(rule));
  return all;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table = all_rules();
  return table;
}

}  // namespace gatepost::settings_table
