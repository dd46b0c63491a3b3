// A ledger on disk opened for a bench, how a decision asks it and a session tells it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gate/ports/ledger.h"
#include "ledger/lmdb/lmdb_ledger.h"

namespace gatepost::bench {

// Ends the program where it cannot be had.
std::unique_ptr<Ledger> open_ledger(const std::string& folder, const LmdbOptions& options = {});

// What is known of a client and of its neighbourhood; whether the client itself is known.
bool look_around(const Ledger& ledger, const Address& address);

// Ends the program if it has lost any change.
void end_if_lost(const Ledger& ledger);

// A session of a client has ended.
void come_again(Ledger& ledger, std::uint32_t client);

}  // namespace gatepost::bench
