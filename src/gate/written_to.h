// Whom our own users write to: the first mail back of such a host, or of its organisation, does not
// wait. It speaks for nobody else.
#pragma once

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/client_name.h"
#include "model/record.h"
#include "model/record_key.h"

namespace gatepost {

// Of the organisation that a confirmed name tells of; no key of one where it tells of none.
RecordKey organisation_key(const ClientName& name, const Address& address,
                           const Settings& settings);

// Within greet.pass_for, by a record of either kind.
bool is_written_to(const Record& record, const Settings& settings, WallTime now);
// The organisation of that client, by its name.
bool is_written_to_by_name(const ClientName& name, const Address& address, const Settings& settings,
                           const Ledger& ledger, WallTime now);

}  // namespace gatepost
