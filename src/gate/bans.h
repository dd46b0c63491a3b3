// Which bans follow from what is remembered: what is carried outside is a function of the ledger.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "gate/ports/enforcer.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/ban.h"
#include "model/record.h"

namespace gatepost {

// Whether a sentence leads to a ban: longer than enforce.after, or for a check whose treatment is
// `firewall`, or with that of `jail` any.
bool leads_outside(const Settings& settings, const Sentence& sentence);

// The ban of a client that serves a sentence which binds and leads_outside(). None for who is
// trusted, excepted by address, or of this host, and none in mode observe; `observed`: the ban that
// would be.
std::optional<Ban> ban_of(const ClientKey& client, const Record& record, const Settings& settings,
                          const Ledger& ledger, WallTime now, bool observed = false);

// The same of a network that is banned as a whole; and what is carried of it now, if anything.
Ban ban_of(const NetworkBan& network);
std::optional<Ban> ban_of(const NetworkBan& network, const Settings& settings, const Ledger& ledger,
                          WallTime now, bool observed = false);

// All of them, networks first, until `visit` returns false. Takes as long as
// Ledger::active_records().
void for_each_ban(const Settings& settings, const Ledger& ledger, WallTime now,
                  const std::function<bool(const Ban&)>& visit, bool observed = false);

// Trusted, excepted by the settings or by hand, of this host: whoever is banned, never these. In
// order, and none of them twice.
std::vector<Network> never_banned(const Settings& settings, const Ledger& ledger);

// `network` without what is in `spared`, as few networks as that makes, in their order; nothing
// where there would be more than `most`.
std::optional<std::vector<Network>> without(const Network& network,
                                            const std::vector<Network>& spared, std::size_t most);

}  // namespace gatepost
