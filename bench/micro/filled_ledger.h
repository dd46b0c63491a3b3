// Ledgers of so many clients as a bench needs, made once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost::bench {

inline constexpr WallTime kNow = wall_time(1'790'000'000'000);

// All different for all numbers, and scattered; whatever is odd is in no ledger of ours.
Address address_of(std::uint32_t number, bool known);

// Tells the ledger what it is to know of the client, `number` of all in the order of addresses.
using Remember = std::function<void(Ledger& ledger, std::uint32_t number, const Address& address)>;

// The records of address_of(0 … count - 1, true), in the order of addresses, in which they are
// written fastest.
void fill(Ledger& ledger, std::uint32_t count, const Remember& remember);

// One on disk, kept from run to run. Ends the program where it cannot be had.
std::unique_ptr<Ledger> open_filled(const std::string& folder, std::uint32_t count,
                                    const Remember& remember);

// The settings that a gate has by default.
Settings usual_settings();

}  // namespace gatepost::bench
