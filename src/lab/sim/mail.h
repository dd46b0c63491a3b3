// One message that somebody in a simulated world sends, and how he goes about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lab/replay/returns.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/instant.h"
#include "model/mailbox.h"

namespace gatepost {

// How a program that sends speaks: a property of its family, not of the message.
struct Manners {
  bool talks_early = false;          // does not wait for its greeting
  std::optional<Duration> patience;  // leaves when it has waited so long
};

struct SimClient {
  Address address;
  ClientName name;         // what the DNS says of it; `mismatch`: leads elsewhere
  bool is_listed = false;  // by the DNS list of the world
};

struct Mail {
  WallTime at = kNever;  // its first try
  // Try n comes from the n-th of them, and after the last from the first again; one at least.
  std::vector<SimClient> clients;
  std::string helo;
  Mailbox sender;
  std::vector<std::string> recipients;
  bool is_spam = false;
  Manners manners;
  Returns returns = Returns::never();
  // Whom the client has it from, where it only relays: in a Received field of the client's.
  std::optional<Address> origin = {};
  bool is_judged = true;  // when it is delivered somebody says what it was
};

// What Returns goes by.
inline SessionFacts facts_of(const SimClient& client, const Mailbox& sender) {
  SessionFacts facts;
  facts.client.address = client.address;
  facts.name = client.name;
  facts.sender = sender;
  return facts;
}

}  // namespace gatepost
