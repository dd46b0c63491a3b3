// What became of the mail of a simulated world.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/replay/replay_report.h"
#include "lab/sim/traffic.h"

namespace gatepost {

// Of those of one population.
struct SimGroup {
  std::string name;
  bool attacks = false;
  Labelled messages;
  Labelled refused;    // of them: at the first try, for now or for good, or its sender left
  Labelled delivered;  // in the end
  Labelled rejected;   // for good, at whichever try
  Labelled gave_up;    // deferred, or greeted too late, until their sender came no more
  std::uint64_t tries = 0;
  std::uint64_t held = 0;  // tries that waited for their greeting
  double held_s = 0;       // and how long, all in all
  double held_max_s = 0;
  std::uint64_t left_waiting = 0;  // at the first try: talked or gone before the greeting
  // Of each sender's messages the eleventh and all that follow, and what of it was kept out.
  Labelled later;
  Labelled later_kept_out;
  double shut_out_s = 0;  // of good senders: from when one was refused to when it was next let in
  std::uint64_t sentences = 0;
  std::uint64_t sentenced = 0;  // addresses
  std::uint64_t addresses = 0;
  std::uint64_t learnt = 0;          // users of the site that were told to be there, each once
  std::uint64_t probed = 0;          // and of the others, that they are not
  std::uint64_t blamed = 0;          // messages that were called spam, of the client that came
  std::uint64_t origin_blamed = 0;   // and of whom that had it from
  std::vector<Duration> ham_delays;  // of what was delivered, rising
};

// The delay that `share` of the ham that was delivered does not exceed; zero where there is none.
Duration delay_at(const SimGroup& group, double share);

struct SimReport {
  ReplayReport mail;
  SimTraffic traffic;
  std::vector<SimGroup> groups;         // a population each
  std::vector<Labelled> weeks;          // mail that first came in each
  std::vector<Labelled> weeks_refused;  // and what of it was refused then, or left
  std::uint64_t records = 0;            // of clients that the ledger has in the end
  std::uint64_t correspondences = 0;    // the most that it had of them on any day, and not yet over
  std::uint64_t shared_records = 0;     // and of networks, systems and organisations
  std::uint64_t sessions_at_once = 0;   // the most
  // What must never be.
  std::uint64_t lost = 0;    // answered 250, and not at the mail server once and only once
  std::uint64_t unsure = 0;  // not answered 250, and at the mail server all the same
  std::uint64_t stale = 0;   // verdicts that do not follow from what was known
  std::string first_fault;   // of these, in words

  // Of all who attack, or of all others.
  SimGroup sum(bool attacks) const;
  const SimGroup* group(std::string_view name) const;
};

}  // namespace gatepost
