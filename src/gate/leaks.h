// What is remembered of a restricted address that somebody else has: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "checks/restricted/restricted.h"
#include "gate/ports/ledger.h"
#include "model/address.h"

namespace gatepost {

// Notes of records that begin so are for ever: it is told once that an address leaked.
inline constexpr std::string_view kLeakNote = "leak ";

struct Leak {
  WallTime first = kNever;
  WallTime last = kNever;
  std::uint32_t count = 0;  // recipients that were asked for
  std::string client;       // who came first
  std::string sender;       // escaped; "*" where the journal hides it
};

// Of a restricted address, as it is compared.
std::optional<Leak> leak_of(const Ledger& ledger, std::string_view recipient);

// Remembers that; true where it is the first time. `sender` is outside text.
bool note_leak(Ledger& ledger, std::string_view recipient, const Address& client,
               std::string_view sender, WallTime now);

// For the alarm; names of correspondents are the administrator's own.
std::string leak_text(const RestrictedAddress& address, const Address& client,
                      std::string_view sender);

}  // namespace gatepost
