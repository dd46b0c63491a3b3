// Who a client is to the gate before it does anything: trusted, excepted, known good, jailed or
// new.
#pragma once

#include <string>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// A network that is never blocked; still counted.
struct Exception {
  Network network;
  std::string reason;
  WallTime added = kNever;
  bool operator==(const Exception&) const = default;
};

// Delivered a message within `pass_for`, and none was labelled spam since. Greeted at once.
bool is_good(const Record& record, Duration pass_for, WallTime now);

// Spared the jail: a ham label, or, where labels do not come, deliveries on two different days
// (UTC).
bool has_ham_on_record(const Record& record);

// Let out by hand a moment ago: what made it err is looked into meanwhile.
bool is_in_grace(const Record& record, Duration grace, WallTime now);

// Of an organisation's machines together: they deliver good mail, and wrote to hardly a trap lately
// (of which half is forgotten in each `half_life`). One of them is not jailed for one mistake.
bool are_known_senders(const Record& organisation, Duration half_life, WallTime now);

// "2d 3h" style answers belong to explain; this is the word of `why --json`.
enum class State { unknown, good, jailed, blocked, excepted };
std::string_view to_string(State state);
State state_of(const Record& record, bool excepted, bool blocked, Duration pass_for, WallTime now);

}  // namespace gatepost
