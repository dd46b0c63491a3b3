// How long things took, as histograms for /metrics.
#pragma once

#include <prometheus/histogram.h>

#include "gate/ports/recorder.h"

namespace gatepost {

// Since the start, in seconds. Thread-safe: short locks.
class GateTimes {
 public:
  GateTimes();

  void note(Timed what, double seconds);
  void note_hold(double seconds);  // until the greeting was complete

  prometheus::ClientMetric decisions() const { return decisions_.Collect(); }
  prometheus::ClientMetric backend() const { return backend_.Collect(); }
  prometheus::ClientMetric holds() const { return holds_.Collect(); }

 private:
  prometheus::Histogram decisions_;
  prometheus::Histogram backend_;
  prometheus::Histogram holds_;
};

}  // namespace gatepost
