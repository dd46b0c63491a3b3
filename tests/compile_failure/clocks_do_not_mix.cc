// The distance between a moment of one clock and a moment of the other means nothing.
#include "model/instant.h"

gatepost::Duration waited(gatepost::Moment from, gatepost::Moment until) {
#ifdef WRONG
  return until.wall - from.instant;
#else
  return until.instant - from.instant;
#endif
}
