// All that the DNS is asked about a client while it waits for its greeting.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gate/ports/resolver.h"
#include "model/address.h"
#include "model/client_name.h"

namespace gatepost {

// One after the other: its names, and where these lead.
inline constexpr int kQuestionsForAName = 2;

// What is known by now. What was not answered, or not yet, is unknown.
struct ClientKnowledge {
  ClientName name;
  std::vector<std::pair<DnsQuestion, DnsAnswer>> others;  // in the order they were asked

  bool operator==(const ClientKnowledge&) const = default;
};

// Asks at once for the names of the address, then for the addresses of them all (kDnsNamesMax at
// most), and `others` beside. A name that could not be looked up keeps the rest from being a
// mismatch; so do as many names as are looked at, for there may be more. Bound to the resolver's
// loop. Dropping it asks no more.
class ClientInquiry {
 public:
  // `done` is called once, when everything is answered, and never before this returns; it may drop
  // the inquiry.
  ClientInquiry(Resolver& resolver, const Address& client, std::vector<DnsQuestion> others,
                std::function<void()> done);
  ClientInquiry(const ClientInquiry&) = delete;
  ClientInquiry& operator=(const ClientInquiry&) = delete;

  bool complete() const { return open_ == 0; }
  ClientKnowledge knowledge() const;

 private:
  struct Candidate {
    std::string name;
    ClientName::Outcome outcome = ClientName::Outcome::unknown;
  };
  void ask(const DnsQuestion& question, std::function<void(const DnsAnswer&)> heard);
  void named(const DnsAnswer& answer);
  ClientName client_name() const;

  Resolver& resolver_;
  const Address client_;
  DnsAnswer::Outcome has_names_ = DnsAnswer::Outcome::unknown;
  std::vector<Candidate> candidates_;
  std::vector<std::pair<DnsQuestion, DnsAnswer>> others_;
  std::size_t open_ = 0;
  std::vector<Resolver::Asked> asked_;  // until all are answered
  std::function<void()> done_;
};

}  // namespace gatepost
