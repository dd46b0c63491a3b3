// A Received field, by which a mail server says from whom it had a message, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

struct ReceivedField {
  enum class Kind : std::uint8_t {
    network,   // from `client`
    local,     // a program on that machine put it in: `user`, where it tells
    internal,  // handed on within the server, or without an address: neither tells of a client
    fetched,   // from the mailbox on `client`, by POP or IMAP
  };

  Kind kind = Kind::network;
  std::optional<Address> client;  // as the server that writes saw it, never as the client says
  std::string helo;               // the client's words
  std::string name;               // of `client`, as the server found it; empty: unknown
  std::string by;
  std::optional<Address> by_address;
  std::string with;  // the protocol, as written
  std::string id;
  std::string recipient;  // behind "for", without angle brackets
  std::string user;
  bool is_authenticated = false;  // the client logged in
  WallTime time = kNever;
};

// Of an unfolded value. Anything that could be meant in two ways is read in none: then the error
// says what is wrong with it. A client's words (HELO, ident, addresses, certificates) may hold
// whatever a server lets through.
Result<ReceivedField> read_received(std::string_view value);

// "Thu, 22 Aug 2002 08:17:21 -0400 (EDT)" (RFC 5322 3.3, and its obsolete zones).
std::optional<WallTime> read_message_time(std::string_view text);

}  // namespace gatepost
