// The doors inside a mail server, wired to all that their sessions need.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "app/wire_dns.h"
#include "doors/mta/mta_door.h"
#include "gate/policy_visits.h"
#include "ops/control/gate_status.h"

namespace gatepost {

// There also where the settings have no such door, for a reload may bring one. Everything given to
// it outlives it.
std::unique_ptr<MtaDoor> make_mta_door(boost::asio::io_context& loop, Ledger& ledger,
                                       Recorder& recorder, const MtaDoor::SharedSettings& settings,
                                       std::vector<MtaListener> listeners, GateDns& dns,
                                       Breaker& breaker, PolicyVisits& visits,
                                       const MailEars& ears);

std::vector<DoorStatus> mta_status(const MtaDoor& door);

}  // namespace gatepost
