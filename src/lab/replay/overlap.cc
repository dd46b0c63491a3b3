// Implements lab/replay/overlap.h.
#include "lab/replay/overlap.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "checks/settings.h"
#include "policy/decide.h"

namespace gatepost {
namespace {

// The names that there are, with some left: a pattern holds each once.
constexpr std::size_t kHitsMax = 24;

std::size_t place_of(CheckName name) {
  const auto& table = all_checks();
  const auto row = std::find_if(table.begin(), table.end(),
                                [=](const Check& check) { return check.name == name; });
  return static_cast<std::size_t>(row - table.begin());
}

// The sessions of one pattern as a game: a coalition is a set of its hits, by their bits. What each
// would do is worked out once.
class Game {
 public:
  Game(const Pattern& pattern, const Labelled& sessions, const Settings& settings)
      : hits_(pattern), sessions_(sessions), refused_(std::size_t{1} << pattern.size()) {
    assert(hits_.size() <= kHitsMax);
    std::vector<Finding> findings;
    for (std::uint32_t members = 0; members <= everybody(); ++members) {
      find(members, settings.checks.greylist, findings);
      refused_[members] = decide(findings, settings.decide).action != Action::accept;
    }
  }

  const Pattern& hits() const { return hits_; }
  const Labelled& sessions() const { return sessions_; }
  std::uint32_t everybody() const { return (std::uint32_t{1} << hits_.size()) - 1; }
  bool refuses(std::uint32_t members) const { return refused_[members]; }

  // The bits of these checks, where they have a hit here.
  std::uint32_t of_checks(const std::vector<CheckName>& names) const {
    std::uint32_t members = 0;
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      if (std::find(names.begin(), names.end(), hits_[i].check) != names.end())
        members |= std::uint32_t{1} << i;
    }
    return members;
  }

  // For each hit its share of 1, where all together refuse, and of 0 where they do not.
  std::vector<double> shares() const {
    const auto count = hits_.size();
    const auto weights = weights_of(count);
    std::vector<double> shares(count, 0);
    for (std::uint32_t members = 0; members <= everybody(); ++members) {
      const auto size = static_cast<std::size_t>(std::popcount(members));
      for (std::size_t i = 0; i < count; ++i) {
        const auto with = members | std::uint32_t{1} << i;
        if (with == members || refuses(with) == refuses(members)) continue;
        shares[i] += refuses(with) ? weights[size] : -weights[size];
      }
    }
    return shares;
  }

 private:
  // Of how many orders of `count` players one comes directly after a given set of so many others.
  static std::vector<double> weights_of(std::size_t count) {
    std::vector<double> weights;
    for (std::size_t size = 0; size < count; ++size) {
      auto weight = 1.0 / static_cast<double>(count);  // size! (count - 1 - size)! / count!
      for (std::size_t k = 1; k <= size; ++k)
        weight *= static_cast<double>(k) / static_cast<double>(count - k);
      weights.push_back(weight);
    }
    return weights;
  }

  // The findings that there would be.
  void find(std::uint32_t members, const GreylistSettings& greylist,
            std::vector<Finding>& findings) const {
    findings.clear();
    const auto is_member = [=](std::size_t i) { return (members >> i & 1) != 0; };
    bool suspect = greylist.for_whom == GreylistSettings::For::all;
    for (std::size_t i = 0; i < hits_.size(); ++i)
      suspect |= is_member(i) && makes_suspect(hits_[i]);
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      const auto& hit = hits_[i];
      if (!is_member(i) || (hit.check == CheckName::greylist && !suspect)) continue;
      findings.push_back({hit.check, hit.evidence_class, hit.treatment, hit.points, {}});
    }
  }

  const Pattern& hits_;
  const Labelled sessions_;
  std::vector<bool> refused_;  // by coalition
};

// Sums up what the games tell.
class Sum {
 public:
  explicit Sum(const Settings& settings) {
    for (const auto& check : all_checks()) {
      if (treatment_of(settings.checks, check).treatment != Treatment::off) of(check.name);
    }
  }

  void add_game(const Game& game) {
    const auto everybody = game.everybody();
    const bool refused = game.refuses(everybody);
    if (refused) overlap_.refused += game.sessions();
    add_row(game, refused);
    const auto shares = game.shares();
    for (std::size_t i = 0; i < game.hits().size(); ++i) {
      const auto own = std::uint32_t{1} << i;
      auto& check = of(game.hits()[i].check);
      check.shapley_spam += shares[i] * static_cast<double>(game.sessions().spam);
      check.shapley_ham += shares[i] * static_cast<double>(game.sessions().ham);
      if (game.refuses(own)) check.alone += game.sessions();
      if (refused && !game.refuses(everybody & ~own)) check.needed += game.sessions();
    }
  }

  Overlap take() {
    auto& checks = overlap_.checks;
    std::sort(checks.begin(), checks.end(),
              [](const auto& a, const auto& b) { return place_of(a.check) < place_of(b.check); });
    std::stable_sort(checks.begin(), checks.end(), [](const auto& a, const auto& b) {
      return std::pair(a.shapley_spam, a.hit.spam) > std::pair(b.shapley_spam, b.hit.spam);
    });
    for (auto& [places, row] : rows_) overlap_.rows.push_back(std::move(row));
    std::stable_sort(overlap_.rows.begin(), overlap_.rows.end(), [](const auto& a, const auto& b) {
      return std::pair(a.sessions.spam, a.sessions.ham) >
             std::pair(b.sessions.spam, b.sessions.ham);
    });
    return std::move(overlap_);
  }

 private:
  Overlap::Check& of(CheckName name) {
    auto& checks = overlap_.checks;
    const auto row = std::find_if(checks.begin(), checks.end(),
                                  [=](const auto& check) { return check.check == name; });
    if (row != checks.end()) return *row;
    checks.emplace_back().check = name;
    return checks.back();
  }

  void add_row(const Game& game, bool refused) {
    std::vector<std::pair<std::size_t, CheckName>> places;
    for (const auto& hit : game.hits()) {
      if (speaks_against(hit)) places.emplace_back(place_of(hit.check), hit.check);
    }
    std::sort(places.begin(), places.end());
    auto& row = rows_[places];
    row.checks.clear();
    for (const auto& [place, check] : places) {
      row.checks.push_back(check);
      of(check).hit += game.sessions();
      if (places.size() == 1) of(check).only += game.sessions();
    }
    row.sessions += game.sessions();
    if (refused) row.refused += game.sessions();
  }

  Overlap overlap_;
  std::map<std::vector<std::pair<std::size_t, CheckName>>, Overlap::Row> rows_;
};

// Which checks together refuse how much.
class Teams {
 public:
  Teams(const std::vector<Overlap::Check>& checks, const std::vector<Game>& games) : games_(games) {
    for (const auto& check : checks) {
      if (check.hit.spam + check.hit.ham > 0) all_.push_back(check.check);
    }
  }

  // The best of each size up to kFew, by trying all.
  std::vector<Overlap::Best> few() const {
    std::vector<Overlap::Best> best(std::min(kFew, all_.size()));
    std::vector<CheckName> team;
    try_all(0, team, best);
    return best;
  }

  std::vector<Overlap::Best> in_turn() const {
    std::vector<Overlap::Best> best;
    auto left = all_;
    std::vector<CheckName> team;
    while (!left.empty()) {
      Overlap::Best next;
      for (const auto one : left) {
        team.push_back(one);
        keep_better(team, next);
        team.pop_back();
      }
      team = next.checks;
      std::erase(left, team.back());
      best.push_back(std::move(next));
    }
    return best;
  }

 private:
  static constexpr std::size_t kFew = 3;

  void try_all(std::size_t from, std::vector<CheckName>& team,
               std::vector<Overlap::Best>& best) const {
    for (std::size_t i = from; i < all_.size() && team.size() < best.size(); ++i) {
      team.push_back(all_[i]);
      keep_better(team, best[team.size() - 1]);
      try_all(i + 1, team, best);
      team.pop_back();
    }
  }

  // Of those that refuse as much spam the one that refuses less ham, else the first.
  void keep_better(const std::vector<CheckName>& team, Overlap::Best& best) const {
    Labelled refused;
    for (const auto& game : games_) {
      if (game.refuses(game.of_checks(team))) refused += game.sessions();
    }
    const bool better = best.checks.empty() || refused.spam > best.refused.spam ||
                        (refused.spam == best.refused.spam && refused.ham < best.refused.ham);
    if (better) best = {team, refused};
  }

  const std::vector<Game>& games_;
  std::vector<CheckName> all_;
};

}  // namespace

Overlap overlap_of(const std::map<Pattern, Labelled>& patterns, const Settings& settings) {
  std::vector<Game> games;
  Sum sum(settings);
  games.reserve(patterns.size());
  for (const auto& [pattern, sessions] : patterns)
    sum.add_game(games.emplace_back(pattern, sessions, settings));
  auto overlap = sum.take();
  const Teams teams(overlap.checks, games);
  overlap.few = teams.few();
  overlap.best = teams.in_turn();
  return overlap;
}

}  // namespace gatepost
