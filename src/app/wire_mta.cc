// Implements app/wire_mta.h.
#include "app/wire_mta.h"

#include <utility>

#include "doors/descriptors.h"
#include "gate/milter_session.h"
#include "gate/policy_session.h"

namespace gatepost {

std::unique_ptr<MtaDoor> make_mta_door(boost::asio::io_context& loop, Ledger& ledger,
                                       Recorder& recorder, const MtaDoor::SharedSettings& settings,
                                       std::vector<MtaListener> listeners, GateDns& dns,
                                       Breaker& breaker, PolicyVisits& visits,
                                       const MailEars& ears) {
  MtaDoor::World world{
      ledger,
      recorder,
      dns.make_resolver()(loop.get_executor(), settings->dns),
      &dns.lists(),
      &breaker,
      make_milter_session,
      [&visits](const MtaWorld& one, Moment now) { return make_policy_session(one, visits, now); },
      &visits,
      ears};
  return std::make_unique<MtaDoor>(loop, std::move(world), settings, std::move(listeners),
                                   mta_descriptors(descriptor_limit()));
}

std::vector<DoorStatus> mta_status(const MtaDoor& door) {
  std::vector<DoorStatus> all;
  for (auto& report : door.report()) {
    DoorStatus told;
    told.door = to_string(report.protocol);
    told.listen.push_back(std::move(report.place));
    told.well = report.well;
    told.trouble = std::move(report.trouble);
    told.mta = {report.connections, report.accepted, report.refused, report.clients};
    all.push_back(std::move(told));
  }
  return all;
}

}  // namespace gatepost
