// What holds between several settings, or makes one doubtful: the rules of
// ops/settings/settings_table.h.
#include <fmt/format.h>

#include <algorithm>

#include "ops/settings/codecs.h"
#include "ops/settings/settings_table.h"

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

const std::vector<Network>& loopback_networks() {
  static const std::vector<Network> networks{*Network::parse("127.0.0.0/8"),
                                             *Network::parse("::1")};
  return networks;
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
  return target == own ||
         (any && target.is_v4() == own.is_v4() && contains(loopback_networks(), target));
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

// The backend takes every client for the gate itself, which it may well relay for.
Broken open_relay_by_address(const Place& place) {
  const auto& door = *place.door;
  if (door.backend.kind != Backend::Kind::smtp || door.client_by != ClientBy::none ||
      !door.relay_domains.empty()) {
    return std::nullopt;
  }
  return "is required with client_by = \"none\", expected a list of the domains that mail is "
         "taken for";
}

// A Maildir knows no domains and would take everything.
Broken open_maildir(const Place& place) {
  const auto& door = *place.door;
  if (door.backend.kind != Backend::Kind::maildir || !door.relay_domains.empty()) {
    return std::nullopt;
  }
  for (const auto& endpoint : door.listen) {
    if (contains(loopback_networks(), endpoint.address) ||
        contains(private_networks(), endpoint.address)) {
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

}  // namespace

const std::vector<Rule>& rules() {
  using enum Rule::Weight;
  static const std::vector<Rule> table{
      {"", {"hostname"}, fault, host_has_no_name},
      {"smtp", {"listen"}, fault, no_endpoint},
      {"smtp", {"listen"}, fault, endpoint_twice},
      {"smtp", {"backend"}, fault, no_backend},
      {"smtp", {"backend", "listen"}, fault, backend_is_door},
      {"smtp", {"relay_domains", "client_by", "backend"}, fault, open_relay_by_address},
      {"smtp", {"relay_domains", "listen", "backend"}, fault, open_maildir},
      {"smtp", {"relay_domains"}, warning, any_domain},
      {"limits", {"recipients"}, warning, few_recipients},
      {"limits", {"message_size"}, warning, small_messages},
      {"greet", {"wait"}, warning, long_wait},
      {"jail", {"longest", "first"}, fault, short_longest},
      {"traps.restricted", {"recipient"}, fault, no_recipient},
      {"traps.restricted", {"recipient"}, fault, recipient_twice},
      {"traps.restricted", {"senders"}, fault, no_senders},
      {"decide", {"reject_at", "tempfail_at"}, fault, reject_before_tempfail},
  };
  return table;
}

}  // namespace gatepost::settings_table
