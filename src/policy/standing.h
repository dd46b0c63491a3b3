// Who a client is to the gate before it does anything: trusted, excepted, known good, jailed or
// new.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// Whom an exception is for: clients by their address; clients whose forward-confirmed name is this
// domain or below it; mail to this recipient. Texts are as they are compared: a domain in lower
// case and A-labels, a recipient as its Mailbox::policy_key().
struct ExceptedDomain {
  std::string name;
  auto operator<=>(const ExceptedDomain&) const = default;
};
struct ExceptedRecipient {
  std::string address;
  auto operator<=>(const ExceptedRecipient&) const = default;
};
using Excepted = std::variant<Network, ExceptedDomain, ExceptedRecipient>;

inline constexpr std::size_t kExceptedTextMax = 320;  // RFC 5321 4.5.3.1: 64, '@', 255

std::string_view kind_of(const Excepted& whom);  // "network", "domain" or "recipient"
std::string to_string(const Excepted& whom);     // "192.0.2.0/24", "lists.example.org", …

// Never blocked; still counted.
struct Exception {
  Excepted whom;
  std::string reason;
  WallTime added = kNever;
  bool operator==(const Exception&) const = default;
};

inline constexpr std::size_t kBanSourceLengthMax = 400;

// A whole network, banned by hand or by a list that was imported.
struct NetworkBan {
  Network network;
  WallTime added = kNever;
  WallTime until = kNever;
  std::string source;  // "operator", or the path of a list as it was given
  std::string reason;

  bool serving(WallTime now) const { return added <= now && now < until; }
  bool operator==(const NetworkBan&) const = default;
};

// The id of the verdict that each client in there meets, which names the network in digits, so that
// nobody takes it for an address, and back.
std::string verdict_id_of(const Network& network);  // "net-c0000200-24"
std::optional<Network> network_of_verdict(std::string_view id);

// What each client in there serves: as one that was given by hand.
Sentence sentence_of(const NetworkBan& ban);

// Delivered a message within `pass_for`, and none was labelled spam since. Greeted at once.
bool is_good(const Record& record, Duration pass_for, WallTime now);

// Spared the jail: a ham label, or, where labels do not come, deliveries on two different days
// (UTC).
bool has_ham_on_record(const Record& record);

// Let out by hand a moment ago: what made it err is looked into meanwhile.
bool is_in_grace(const Record& record, Duration grace, WallTime now);

// Of an organisation's machines together: they deliver good mail, and wrote to hardly a trap for it
// (half is forgotten in each `half_life`). One of them is not jailed for one mistake.
bool are_known_senders(const Record& organisation, Duration half_life, WallTime now);

// "2d 3h" style answers belong to explain; this is the word of `why --json`.
enum class State { unknown, good, jailed, blocked, excepted };
std::string_view to_string(State state);
State state_of(const Record& record, bool excepted, bool blocked, Duration pass_for, WallTime now);

}  // namespace gatepost
