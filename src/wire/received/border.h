// Who handed a message to our machines: the walk along its Received fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "wire/message/header_decoder.h"
#include "wire/received/received.h"

namespace gatepost {

struct BorderRules {
  // Relays whose word is ours: our own, a provider's in front of us.
  std::vector<Network> trusted;
  // By which our servers call themselves; ".example.org" stands for all below it. Empty: the
  // uppermost field is ours, whoever it says it is by.
  std::vector<std::string> own_names;
  // Programs that take mail and put it in again, as a filter may: names or numbers of their users.
  std::vector<std::string> filter_users;
};

enum class NoBorder : std::uint8_t {
  none,
  no_received,  // no field at all
  not_ours,     // the uppermost, or that of the border, is not by us
  unreadable,   // a field among ours that cannot be read, or only in two ways
  all_ours,     // nobody outside is told of
  logged_in,    // one of our users sent it
  local,        // a program on a machine of ours put it in
  fetched,      // from a mailbox on a machine that is not ours: what it says is not known
  too_long,     // more hops than any way has
};
// Words for a person, behind "no border: ".
std::string_view to_string(NoBorder reason);

struct Border {
  NoBorder refused = NoBorder::none;
  std::size_t field = 0;  // index among all fields: of the border, or of the one that was refused
  std::string detail;     // refused: more of it, with escapes where a stranger wrote
  ReceivedField hop;      // not refused: its `client` is who sent the message; `local`: the field
};

// From the uppermost field down while the client is trusted, private or this host. Nothing below
// the border is read. Whoever may send from a private or trusted address through our machines
// without being one of them can say what he likes about himself.
Border find_border(const std::vector<HeaderField>& fields, const BorderRules& rules);

// The same of a message that `client`, which is trusted, hands to us: no field tells of that yet.
Border find_border_behind(const Address& client, const std::vector<HeaderField>& fields,
                          const BorderRules& rules);

// Whether one of our servers calls itself so; never where no names are known.
bool is_own_name(std::string_view by, const BorderRules& rules);

// Of a network that is nobody's on the internet: RFC 1918, 6598, 3927, 4193, loopback, link-local,
// and 6to4 of such.
bool is_private(const Address& address);

}  // namespace gatepost
