// Implements policy/greylist.h.
#include "policy/greylist.h"

namespace gatepost {

// A calendar that was set back makes nothing older than it is.
bool is_over(const GreylistSettings& settings, const Record& record, WallTime now) {
  if (!record.known()) return true;
  if (record.passed > 0) return now - record.last_passed >= settings.pass_for;
  return now - record.first_seen >= settings.expire;
}

GreylistStage greylist_stage(const GreylistSettings& settings, const Record& correspondence,
                             WallTime now) {
  // Of a time to come: the calendar was set back.
  if (is_over(settings, correspondence, now) || now < correspondence.first_seen)
    return GreylistStage::first;
  if (correspondence.passed > 0) return GreylistStage::known;
  return now - correspondence.first_seen < settings.delay ? GreylistStage::early
                                                          : GreylistStage::back;
}

bool is_trusted_to_return(const GreylistSettings& settings, const Record& sender, WallTime now) {
  return settings.trust_after > 0 && sender.passed >= settings.trust_after &&
         !is_over(settings, sender, now);
}

}  // namespace gatepost
