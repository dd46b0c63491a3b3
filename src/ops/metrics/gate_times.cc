// Implements ops/metrics/gate_times.h.
#include "ops/metrics/gate_times.h"

namespace gatepost {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

// Judging is memory and a page of the ledger, 50 microseconds or so; the others wait for somebody.
const Buckets kOfDecisions{25e-6,  50e-6, 100e-6, 250e-6, 500e-6, 1e-3,
                           2.5e-3, 10e-3, 50e-3,  0.25,   1};
const Buckets kOfBackend{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60};
const Buckets kOfHolds{0.1, 0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60};

}  // namespace

GateTimes::GateTimes() : decisions_(kOfDecisions), backend_(kOfBackend), holds_(kOfHolds) {}

void GateTimes::note(Timed what, double seconds) {
  (what == Timed::decision ? decisions_ : backend_).Observe(seconds);
}

void GateTimes::note_hold(double seconds) { holds_.Observe(seconds); }

}  // namespace gatepost
