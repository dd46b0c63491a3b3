// Implements lab/stale_check.h.
#include "lab/stale_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatepost {
namespace {

std::string told(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& one : findings) {
    text += fmt::format("{}{} {} {} ({})", text.empty() ? "" : ", ", to_string(one.check),
                        to_string(one.treatment), one.points, one.detail);
  }
  return text.empty() ? "nothing" : text;
}

std::string told(const ClientName& name) {
  using enum ClientName::Outcome;
  const auto* const outcome = name.outcome == unknown    ? "unknown"
                              : name.outcome == none     ? "without a name"
                              : name.outcome == mismatch ? "of a name that does not lead back"
                                                         : "of a confirmed name";
  return name.name.empty() ? outcome : fmt::format("{}, {}", outcome, name.name);
}

}  // namespace

void StaleCheck::weighed(const Evidence& evidence, const std::vector<Finding>& findings) {
  ++seen_;
  auto fault = fault_of(evidence, findings);
  if (fault.empty()) return;
  if (stale_++ == 0) first_ = fmt::format("session {}: {}", evidence.session.id, fault);
}

std::string StaleCheck::fault_of(const Evidence& evidence,
                                 const std::vector<Finding>& findings) const {
  const auto& session = evidence.session;
  const auto now = known_now_(session);
  if (evidence.now != now.wall) return "judged as at another time";
  if (session.name != now.name)
    return fmt::format("judged as {}, which is {} by now", told(session.name), told(now.name));
  if (session.dnsbl != now.dnsbl) return "judged by what other lists said";
  if (evidence.record != ledger_.lookup(ClientKey(session.client.address)))
    return "judged by another record";
  const Evidence fresh{session,           evidence.record, evidence.sentence, evidence.recipient,
                       evidence.settings, evidence.now,    evidence.recall,   evidence.known_good};
  const auto found = told(look_at(fresh));
  const auto was = told(findings);
  return found == was ? "" : fmt::format("judged by {}, where there is {}", was, found);
}

}  // namespace gatepost
