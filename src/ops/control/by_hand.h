// What an operator changes by hand: bans, releases, forgetting, exceptions.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

// Why this address must not be jailed; empty where it may be.
std::string protection_of(const Call& call, const Address& address);

// Of a sentence that no session led to.
std::string own_verdict_id(std::string_view prefix, const ClientKey& client, WallTime now);

// All that follow return once the change is on disk.

// POST /v1/addresses/A/ban: jails it as long as `for` says, or as the next strike; 409 for trusted
// and excepted addresses and the host's own, and, without `force`, for that of `login`, where the
// operator is logged in from.
Response ban_address(const Call& call);
// POST /v1/addresses/A/release: out of jail at once; its tallies start anew. With `undo` the last
// release is taken back: the sentence goes on to its former end, with the strikes that it had, and
// tallies that are gone stay so; 409 where it would be over, or another one has begun.
Response release_address(const Call& call);
// POST /v1/addresses/A/keep: an operator looked, and leaves it as it is.
Response keep_address(const Call& call);
// POST /v1/addresses/A/forget
Response forget_address(const Call& call);

// GET, POST and DELETE /v1/exceptions
Response list_exceptions(const Call& call);
Response add_exception(const Call& call);
Response remove_exception(const Call& call);

}  // namespace gatepost
