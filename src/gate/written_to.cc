// Implements gate/written_to.h.
#include "gate/written_to.h"

#include "checks/greylist/correspondence.h"

namespace gatepost {
namespace {

// Nobody else tells of it; so that others do not look names up for nothing.
bool is_heard_of(const Settings& settings) {
  return settings.learn.sent && !settings.follow.empty();
}

}  // namespace

RecordKey organisation_key(const ClientName& name, const Address& address,
                           const Settings& settings) {
  const auto domain = organisation_of(name, address, settings.checks.botnet);
  return domain.empty() ? RecordKey() : RecordKey::of_text(RecordKey::Kind::organisation, domain);
}

bool is_written_to(const Record& record, const Settings& settings, WallTime now) {
  return is_heard_of(settings) && record.written_to != kNever &&
         now - record.written_to < settings.greet.pass_for;
}

bool is_written_to_by_name(const ClientName& name, const Address& address, const Settings& settings,
                           const Ledger& ledger, WallTime now) {
  if (!is_heard_of(settings)) return false;
  const auto key = organisation_key(name, address, settings);
  return key.kind() == RecordKey::Kind::organisation &&
         is_written_to(ledger.lookup(key), settings, now);
}

}  // namespace gatepost
