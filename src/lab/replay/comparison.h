// Two settings on the same sessions, side by side.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "lab/replay/replay.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

struct Comparison {
  ReplayReport report;  // of the other settings
  Labelled here;        // sessions that only the one refuses when they come first
  Labelled there;       // and only the other
  struct Client {
    Address address;
    std::string name;
    Labelled here, there;
    std::string why;  // the strongest finding of who refuses, the first time
  };
  // Of which the two think differently: most ham first, then most spam.
  std::vector<Client> clients;
};

// Both replays tell it what they judged, of each session first the one and then the other.
class ComparedCounts {
 public:
  explicit ComparedCounts(std::uint64_t warm_up) : warm_up_(warm_up) {}

  void here(const Replayed& session);
  void there(const Replayed& session);

  // Without the report.
  Comparison comparison() const;

 private:
  void differs(const Replayed& refused, Labelled Comparison::*side,
               Labelled Comparison::Client::*of_client);

  const std::uint64_t warm_up_;
  Replayed here_;  // the last one
  Comparison counts_;
  std::unordered_map<Address, Comparison::Client> clients_;
};

}  // namespace gatepost
