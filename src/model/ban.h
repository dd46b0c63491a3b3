// A ban: a client or network that is refused outside the gate, by a packet filter or a list.
#pragma once

#include <string>

#include "model/address.h"
#include "model/finding.h"
#include "model/instant.h"

namespace gatepost {

// At which doors it holds. A sentence that our own users' doors take no notice of
// (gate/welcome.h is_for_logins()) must not keep them out.
enum class BanScope : std::uint8_t { mail = 1, every = 2 };

// Outside there is neither authentication nor postmaster: only what is long enough to be refused
// at connect may become one. `network` is a client (an IPv4 address, an IPv6 /64) or larger.
struct Ban {
  Network network;
  BanScope scope = BanScope::mail;
  WallTime from = kNever;
  WallTime until = kNever;  // later than `from`; there is none for ever
  CheckName reason{};
  std::string id;      // of the verdict, for `why`; no spaces
  std::string remark;  // a stranger's or operator's words: to be escaped

  bool operator==(const Ban&) const = default;
};

// "192.0.2.7 jailed for trap; id X": one line of printable ASCII, without a contact.
std::string describe(const Ban& ban);

}  // namespace gatepost
