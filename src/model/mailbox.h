// A mail address as an envelope carries it.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// Local part and domain as they were sent; an empty one stands for the null sender "<>".
// "<postmaster>" without a domain has an empty domain (RFC 5321 4.5.1).
struct Mailbox {
  std::string local;
  std::string domain;

  bool is_null() const { return local.empty() && domain.empty(); }

  // As forwarded: bytes unchanged.
  std::string to_string() const { return domain.empty() ? local : local + '@' + domain; }

  // For comparing in policy only: ASCII lower case of both parts, the domain as A-labels without
  // trailing dot, quotes that are not needed taken off, so that "Buy"@Example.ORG. and
  // buy@example.org are one key.
  std::string policy_key() const;

  bool operator==(const Mailbox&) const = default;
};

}  // namespace gatepost
