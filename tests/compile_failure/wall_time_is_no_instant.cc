// A deadline is an Instant; the calendar's time does not become one.
#include "model/instant.h"

gatepost::Instant deadline(gatepost::Moment moment) {
#ifdef WRONG
  return moment.wall;
#else
  return moment.instant;
#endif
}
