// Implements gate/recent_mail.h.
#include "gate/recent_mail.h"

namespace gatepost {

void RecentMail::came(const CameIn&, const Settings&) {}

void RecentMail::heard(const LogEvent&, WallTime, const Settings&) {}

void RecentMail::expire(WallTime, const Settings&) {}

RecentMail::Counts RecentMail::counts() const { return counts_; }

}  // namespace gatepost
