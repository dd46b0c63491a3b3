// How long clients bear to wait for a greeting: laws of it, and what of them is seen in sessions.
#pragma once

#include <cstdint>
#include <vector>

namespace gatepost {

// Bots, by how they take a wait. Shares are of all of them; who is neither is patient, and neither
// talks nor leaves.
struct Patience {
  double talks = 0.30;  // at once: after a time that is exponential, of this mean
  double talks_after_s = 0.3;
  double impatient = 0.40;  // talks or leaves after a time that is Weibull's
  double shape = 1.24;
  double scale_s = 17.8;

  double detectable() const { return talks + impatient; }  // however long they wait
};

// The share of bots that have neither talked nor left by `t` seconds.
double survival(const Patience& patience, double t);
// Of those that have not, how many do so in a second: -S'(t)/S(t).
double hazard(const Patience& patience, double t);
// Of the detectable ones the share that has talked or left by then.
double detected_by(const Patience& patience, double t);
// Seconds for which a bot is held at the mean, where all are greeted after `t`. Who leaves is gone;
// who talks stays to the end, as at the gate's door, or is let go at that.
double mean_hold(const Patience& patience, double t, bool talkers_stay);

// One client that was made to wait.
struct Watched {
  double seconds = 0;  // until it ended or was greeted
  bool ended = false;  // it talked or left; else it was greeted, and how long it would have
                       // waited is not known
};

// From `at` seconds on.
struct SurvivalStep {
  double at = 0;
  std::uint64_t at_risk = 0;  // those that still waited, up to it
  std::uint64_t ended = 0;
  double share = 1;  // still waiting
  double error = 0;  // of it, standard (Greenwood)
  double low = 0;    // 95 %, on the scale of log(-log), so that they stay within 0 to 1
  double high = 1;
};

// Kaplan and Meier, "Nonparametric estimation from incomplete observations", 1958: a step for each
// time at which any ended. Who was greeted at that time counts as having waited through it.
std::vector<SurvivalStep> survival_curve(std::vector<Watched> watched);

}  // namespace gatepost
