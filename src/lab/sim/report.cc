// Implements lab/sim/report.h.
#include "lab/sim/report.h"

#include <algorithm>

namespace gatepost {

Duration delay_at(const SimGroup& group, double share) {
  const auto& delays = group.ham_delays;
  if (delays.empty()) return {};
  const auto place = static_cast<std::size_t>(share * static_cast<double>(delays.size()));
  return delays[std::min(place, delays.size() - 1)];
}

SimGroup SimReport::sum(bool attacks) const {
  SimGroup all;
  all.attacks = attacks;
  for (const auto& group : groups) {
    if (group.attacks != attacks) continue;
    all.messages += group.messages;
    all.refused += group.refused;
    all.delivered += group.delivered;
    all.rejected += group.rejected;
    all.gave_up += group.gave_up;
    all.tries += group.tries;
    all.held += group.held;
    all.held_s += group.held_s;
    all.held_max_s = std::max(all.held_max_s, group.held_max_s);
    all.left_waiting += group.left_waiting;
    all.later += group.later;
    all.later_kept_out += group.later_kept_out;
    all.shut_out_s += group.shut_out_s;
    all.sentences += group.sentences;
    all.sentenced += group.sentenced;
    all.addresses += group.addresses;
    all.learnt += group.learnt;
    all.probed += group.probed;
    all.blamed += group.blamed;
    all.origin_blamed += group.origin_blamed;
    all.ham_delays.insert(all.ham_delays.end(), group.ham_delays.begin(), group.ham_delays.end());
  }
  std::sort(all.ham_delays.begin(), all.ham_delays.end());
  return all;
}

const SimGroup* SimReport::group(std::string_view name) const {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const SimGroup& one) { return one.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

}  // namespace gatepost
