// Asks whether what a client calls its domain and itself leads to its address, as with a small
// office that sends over a consumer's line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/ports/resolver.h"
#include "model/address.h"
#include "model/session_facts.h"

namespace gatepost {

// What is as the client said it is any bytes: what is no host name is not asked for.
struct SenderClaim {
  Address client;
  std::string client_name;    // what the DNS calls it; empty where it has no name
  std::string sender_domain;  // empty for the null sender
  std::string helo;
};
// By what is known of it now.
SenderClaim claim_of(const SessionFacts& facts);

// The address of the sender's domain, the addresses of its mail exchangers, the address of the HELO
// name: of each the first five records. The client's own name leads nowhere, for a bot would use
// it, and without a sender domain nothing does. Unlike the plugin that this comes from, five are
// five, and an answer that is unknown is not a yes. Bound to the resolver's loop. Dropping it asks
// no more.
class SenderInquiry {
 public:
  // `done` is called once, as soon as it is known, never before this returns, and never where it is
  // complete then, because there is nothing to ask. It may drop the inquiry.
  SenderInquiry(Resolver& resolver, const SenderClaim& claim, std::function<void()> done);
  SenderInquiry(const SenderInquiry&) = delete;
  SenderInquiry& operator=(const SenderInquiry&) = delete;

  bool complete() const { return open_ == 0; }
  Leads outcome() const;  // any time; while it runs, unknown

 private:
  void ask(DnsType type, const std::string& name, std::function<void(const DnsAnswer&)> heard);
  void ask_address(const std::string& name);
  void compare(const DnsAnswer& answer);

  Resolver& resolver_;
  const Address client_;
  std::size_t open_ = 0;
  bool leads_here_ = false;
  bool in_doubt_ = false;  // an answer was unknown
  std::vector<Resolver::Asked> asked_;
  std::function<void()> done_;
};

}  // namespace gatepost
