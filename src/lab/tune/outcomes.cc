// Implements lab/tune/outcomes.h.
#include "lab/tune/outcomes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "model/address.h"

namespace gatepost {
namespace {

std::optional<Harm> harm_of(const Replayed& session) {
  const auto& label = session.session->label;
  if (!label) return std::nullopt;
  const bool let_in = !session.was_refused();
  if (label == MailWord::spam) return let_in ? std::optional(Harm::spam_let_in) : std::nullopt;
  if (!session.delivered) return Harm::ham_lost;
  return let_in ? std::nullopt : std::optional(Harm::ham_deferred);
}

// What is known of the cost before it is known what becomes of the deferred: at least this.
class CostSoFar {
 public:
  explicit CostSoFar(const CostLimit& limit) : limit_(limit) {}

  void add(const Replayed& session, std::size_t part) {
    const auto& label = session.session->label;
    const bool let_in = !session.was_refused();
    if (!label || (label == MailWord::spam) != let_in) return;
    const auto cost = let_in ? 1 : std::min(limit_.prices.deferred, limit_.prices.lost);
    costs_.at(part) += cost;
    sum_ += cost;
  }

  bool is_too_much() const {
    return sum_ > limit_.cost &&
           sum_ - *std::max_element(costs_.begin(), costs_.end()) > limit_.cost;
  }

 private:
  const CostLimit& limit_;
  std::array<double, TuneSessions::kParts> costs_{};
  double sum_ = 0;
};

}  // namespace

void Toll::add(Harm harm) {
  ++(harm == Harm::spam_let_in    ? spam_let_in
     : harm == Harm::ham_deferred ? ham_deferred
                                  : ham_lost);
}

void Toll::add(const Toll& other) {
  spam_let_in += other.spam_let_in;
  ham_deferred += other.ham_deferred;
  ham_lost += other.ham_lost;
}

double Toll::cost(const Prices& prices) const {
  return static_cast<double>(spam_let_in) + static_cast<double>(ham_deferred) * prices.deferred +
         static_cast<double>(ham_lost) * prices.lost;
}

TuneSessions::TuneSessions(List sessions) : sessions_(std::move(sessions)) {
  std::map<Network, std::uint32_t> numbers;
  for (const auto& session : sessions_) {
    const auto& client = session->summary.facts.client.address;
    const auto number = static_cast<std::uint32_t>(numbers.size());
    const auto place = numbers.emplace(Network(client, client.is_v4() ? 24 : 56), number).first;
    const auto part = part_of(static_cast<std::uint32_t>(networks_.size()));
    networks_.push_back(place->second);
    if (session->label) labelled_.at(part).count(*session->label);
  }
}

std::optional<Outcomes> outcomes_of(const TuneSessions& sessions, const Settings& settings,
                                    Ledger& ledger, const CostLimit& limit) {
  Outcomes outcomes;
  CostSoFar so_far(limit);
  const auto judged = [&](const Replayed& session) {
    const auto part = sessions.part_of(static_cast<std::uint32_t>(session.number));
    if (part > 0) so_far.add(session, part);
  };
  const auto settled = [&](const Replayed& session) {
    const auto number = static_cast<std::uint32_t>(session.number);
    const auto part = sessions.part_of(number);
    if (part == 0) return;
    if (session.refused) ++outcomes.refused;
    if (session.session->label == MailWord::spam && session.delivered && session.was_refused())
      ++outcomes.came_back;
    const auto harm = harm_of(session);
    if (!harm) return;
    outcomes.harmed.push_back({number, *harm});
    outcomes.tolls.at(part).add(*harm);
  };
  Replay replay(settings, ledger, {}, {judged, settled});
  for (const auto& session : sessions.all()) {
    replay.take(session);
    if (so_far.is_too_much()) return std::nullopt;
  }
  replay.end();
  std::sort(outcomes.harmed.begin(), outcomes.harmed.end(),
            [](const auto& a, const auto& b) { return a.session < b.session; });
  outcomes.harmed.shrink_to_fit();
  return outcomes;
}

}  // namespace gatepost
