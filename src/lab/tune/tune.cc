// Implements lab/tune/tune.h.
#include "lab/tune/tune.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace gatepost {
namespace {

constexpr double kTooMuch = std::numeric_limits<double>::infinity();

Choice with(Choice choice, std::size_t tunable, std::size_t value) {
  choice.at(tunable) = static_cast<std::uint8_t>(value);
  return choice;
}

// Remembers what was tried: several searches come by the same.
class Trials {
 public:
  Trials(const TuneSessions& sessions, const TuneOptions& options, const Choice& start)
      : sessions_(sessions), options_(options) {
    look_at({start});
    start_ = outcomes(start);
    assert(start_);
    limit_ = {options.prices, cost(start, std::nullopt)};
  }

  void look_at(const std::set<Choice>& choices) {
    std::vector<Choice> unknown;
    for (const auto& choice : choices) {
      if (!known_.contains(choice)) unknown.push_back(choice);
    }
    if (unknown.empty()) return;
    auto tried = options_.try_all(unknown, limit_);
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      if (start_ && tried.at(i) && tried[i]->refused > start_->refused) {
        ++refusing_;
        tried[i].reset();
      }
      known_.emplace(unknown[i], std::move(tried[i]));
    }
  }

  // Null: not to be taken.
  const Outcomes* outcomes(const Choice& choice) const {
    const auto& known = known_.at(choice);
    return known ? &*known : nullptr;
  }

  double cost(const Choice& choice, std::optional<std::size_t> left_out) const {
    const auto* const of_it = outcomes(choice);
    if (!of_it) return kTooMuch;
    double cost = 0;
    for (std::size_t part = 1; part < TuneSessions::kParts; ++part) {
      if (part != left_out) cost += of_it->tolls.at(part).cost(options_.prices);
    }
    return cost;
  }

  Gain gain(const Choice& before, const Choice& after, std::optional<std::size_t> left_out) const {
    return gain_between(sessions_, *outcomes(before), *outcomes(after), options_.prices, left_out);
  }

  std::size_t tried() const { return known_.size(); }
  std::size_t refusing() const { return refusing_; }

 private:
  const TuneSessions& sessions_;
  const TuneOptions& options_;
  const Outcomes* start_ = nullptr;
  CostLimit limit_;
  std::map<Choice, std::optional<Outcomes>> known_;
  std::size_t refusing_ = 0;
};

// One that knows all parts, or all but one.
struct Search {
  std::optional<std::size_t> left_out;
  Choice at;
  bool done = false;
  std::vector<TuneReport::Change> changes{};
  std::vector<TuneReport::Change> doubtful{};
};

void take_cheapest(Search& search, std::size_t tunable, std::size_t values, const Trials& trials) {
  auto best = search.at;
  auto least = trials.cost(best, search.left_out);
  for (std::size_t value = 0; value < values; ++value) {
    const auto other = with(search.at, tunable, value);
    const auto cost = trials.cost(other, search.left_out);
    if (cost >= least) continue;
    least = cost;
    best = other;
  }
  search.at = best;
}

// All searches side by side, so that there is enough to try at a time.
void descend(std::vector<Search>& searches, const std::vector<Tunable>& tunables,
             const TuneOptions& options, Trials& trials) {
  const auto steps = static_cast<double>(options.rounds) * static_cast<double>(tunables.size());
  std::size_t step = 0;
  for (unsigned round = 0; round < options.rounds; ++round) {
    const auto before = searches;
    for (std::size_t i = 0; i < tunables.size(); ++i, ++step) {
      const auto values = tunables[i].values.size();
      std::set<Choice> wanted;
      for (const auto& search : searches) {
        for (std::size_t value = 0; !search.done && value < values; ++value)
          wanted.insert(with(search.at, i, value));
      }
      trials.look_at(wanted);
      for (auto& search : searches) {
        if (!search.done) take_cheapest(search, i, values, trials);
      }
      if (options.progress) options.progress(static_cast<double>(step) / steps, trials.tried());
    }
    bool all_done = true;
    for (std::size_t i = 0; i < searches.size(); ++i) {
      searches[i].done = searches[i].at == before[i].at;
      all_done = all_done && searches[i].done;
    }
    if (all_done) break;
  }
}

// What each change is worth beside the others. One without which the others cannot be stays.
void weigh(Search& search, const Trials& trials) {
  search.changes.clear();
  for (std::size_t i = 0; i < search.at.size(); ++i) {
    const auto without = with(search.at, i, 0);
    if (search.at[i] == 0 || !trials.outcomes(without)) continue;
    search.changes.push_back({i, search.at[i], trials.gain(without, search.at, search.left_out)});
  }
}

// Whether one was.
bool take_one_back(Search& search) {
  auto weakest = search.changes.end();
  for (auto change = search.changes.begin(); change != search.changes.end(); ++change) {
    if (change->gain.established()) continue;
    if (weakest == search.changes.end() || change->gain.range.low < weakest->gain.range.low)
      weakest = change;
  }
  if (weakest == search.changes.end()) return false;
  search.at = with(search.at, weakest->tunable, 0);
  search.doubtful.push_back(*weakest);
  return true;
}

void take_back(std::vector<Search>& searches, Trials& trials) {
  for (auto& search : searches) search.done = false;
  for (bool any = true; any;) {
    std::set<Choice> wanted;
    for (const auto& search : searches) {
      for (std::size_t i = 0; i < search.at.size(); ++i) wanted.insert(with(search.at, i, 0));
    }
    trials.look_at(wanted);
    any = false;
    for (auto& search : searches) {
      if (search.done) continue;
      weigh(search, trials);
      search.done = !take_one_back(search);
      any = any || !search.done;
    }
  }
}

// Changes that only go together were not weighed alone.
void keep_only_what_helps(Search& search, const Choice& start, const Trials& trials) {
  if (search.at == start || trials.gain(start, search.at, search.left_out).established()) return;
  for (const auto& change : search.changes) search.doubtful.push_back(change);
  search.changes.clear();
  search.at = start;
}

TuneReport report_of(const std::vector<Search>& searches, const Choice& start,
                     const Trials& trials) {
  const auto& whole = searches.front();
  TuneReport report;
  report.found = whole.at;
  report.changes = whole.changes;
  report.doubtful = whole.doubtful;
  report.all = trials.gain(start, whole.at, std::nullopt);
  for (std::size_t part = 1; part < TuneSessions::kParts; ++part) {
    report.parts.push_back({trials.outcomes(start)->tolls.at(part),
                            trials.outcomes(whole.at)->tolls.at(part),
                            trials.outcomes(searches.at(part).at)->tolls.at(part)});
  }
  report.start_came_back = trials.outcomes(start)->came_back;
  report.found_came_back = trials.outcomes(whole.at)->came_back;
  report.tried = trials.tried();
  report.refusing = trials.refusing();
  return report;
}

}  // namespace

TuneReport tune(const TuneSessions& sessions, const std::vector<Tunable>& tunables,
                const TuneOptions& options) {
  const Choice start(tunables.size(), 0);
  Trials trials(sessions, options, start);
  std::vector<Search> searches{{std::nullopt, start}};
  for (std::size_t part = 1; part < TuneSessions::kParts; ++part) searches.push_back({part, start});
  descend(searches, tunables, options, trials);
  take_back(searches, trials);
  for (auto& search : searches) keep_only_what_helps(search, start, trials);
  return report_of(searches, start, trials);
}

}  // namespace gatepost
