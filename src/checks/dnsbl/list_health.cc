// Implements checks/dnsbl/list_health.h.
#include "checks/dnsbl/list_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace gatepost {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = ListReply::Kind;

constexpr Duration kWellRest = hours(1);
constexpr Duration kFirstRest = minutes(1);
constexpr Duration kLongestRest = hours(1);
constexpr Duration kLongestSilentRest = minutes(5);  // it is the way to the list that is bad
constexpr Duration kProofHolds = seconds(1);
constexpr std::uint32_t kSilenceMax = 10;
constexpr std::size_t kHistory = 5'000;  // clients; then older ones count half

// What a round says of one form.
struct Opinion {
  enum class Of { well, unclear, no_point, trouble } of = Of::well;
  std::string trouble;
};

bool is_there(Kind kind) { return kind == Kind::listed || kind == Kind::blank; }

Opinion opinion_of(const TestPoints& points) {
  using enum Opinion::Of;
  for (const auto* reply : {&points.listed, &points.unlisted, &points.fresh}) {
    if (reply->kind == Kind::refused || reply->kind == Kind::foreign) {
      return {trouble, describe_refusal(*reply)};
    }
  }
  if (is_there(points.unlisted.kind)) {
    return {trouble, "lists 127.0.0.1, which no list may: it lists everything"};
  }
  if (is_there(points.fresh.kind))
    return {trouble, "lists loopback addresses: it lists everything"};
  if (points.listed.kind == Kind::blank) return {trouble, describe_refusal(points.listed)};
  for (const auto* reply : {&points.listed, &points.unlisted, &points.fresh}) {
    if (reply->kind == Kind::unknown) return {unclear, "gives no clear answer at its test points"};
  }
  if (points.listed.kind == Kind::unlisted) {
    return {no_point,
            "does not list its test point 127.0.0.2: it has ended, or its zone is misspelt"};
  }
  return {};
}

}  // namespace

std::string_view to_string(ListState state) {
  switch (state) {
    case ListState::untested:
      return "untested";
    case ListState::well:
      return "well";
    case ListState::suspended:
      return "suspended";
  }
  assert(false);
  return {};
}

ListHealth::ListHealth(bool v4, bool v6, Moment now)
    : v4_(v4),
      v6_(v6),
      v6_served_(!v4),
      since_(now.wall),
      trouble_("was not tested yet"),
      next_round_(now.instant),
      rest_(kFirstRest) {
  assert(v4 || v6);
}

bool ListHealth::serves(ListForm form) const {
  return form == ListForm::v4 ? v4_ : v6_ && v6_served_;
}

bool ListHealth::is_asked(ListForm form) const {
  return state_ != ListState::suspended && serves(form);
}

void ListHealth::test_now(Moment now) {
  rest_ = kFirstRest;
  if (next_round_ != Instant::max()) next_round_ = now.instant;
}

void ListHealth::round_began() { next_round_ = Instant::max(); }

ListNews ListHealth::round_ended(const TestRound& round, Moment now) {
  using enum Opinion::Of;
  next_round_ = now.instant + kFirstRest;
  assert(v4_ ? round.v4.has_value() : round.v6.has_value());
  const auto opinion = opinion_of(v4_ ? *round.v4 : *round.v6);
  if (opinion.of == trouble || opinion.of == no_point) {
    return suspend(opinion.trouble, Patience::long_one, now);
  }
  if (v4_ && round.v6) {
    const auto of_v6 = opinion_of(*round.v6);
    if (of_v6.of == trouble) return suspend(of_v6.trouble, Patience::long_one, now);
    if (of_v6.of != unclear) v6_served_ = of_v6.of == well;
  }
  if (opinion.of == well) {
    proof_ = std::max(proof_.value_or(round.began), round.began);
    return is_well(now);
  }
  if (state_ == ListState::untested) trouble_ = opinion.trouble;
  if (state_ != ListState::suspended) return silent(now);
  return suspend(std::string(trouble_), Patience::short_one, now);
}

ListNews ListHealth::is_well(Moment now) {
  silence_ = 0;
  next_round_ = now.instant + kWellRest;
  if (state_ == ListState::well) {
    rest_ = kFirstRest;  // only now: who falls ill again within the hour rests longer each time
    return ListNews::none;
  }
  const auto before = std::exchange(state_, ListState::well);
  since_ = now.wall;
  trouble_.clear();
  return before == ListState::suspended ? ListNews::well_again : ListNews::none;
}

ListNews ListHealth::suspend(std::string trouble, Patience patience, Moment now) {
  const bool was_suspended = state_ == ListState::suspended;
  if (!was_suspended) since_ = now.wall;
  state_ = ListState::suspended;
  trouble_ = std::move(trouble);
  run_ = 0;
  const auto longest = patience == Patience::long_one ? kLongestRest : kLongestSilentRest;
  next_round_ = now.instant + std::min(rest_, longest);
  rest_ = std::min(rest_ * 2, kLongestRest);
  return was_suspended ? ListNews::none : ListNews::suspended;
}

ListNews ListHealth::silent(Moment now) {
  if (++silence_ < kSilenceMax) return ListNews::none;
  return suspend(fmt::format("gave no answer {} times in a row", kSilenceMax), Patience::short_one,
                 now);
}

ListNews ListHealth::client_answered(const ListReply& reply, const ClientKey& client, Moment now) {
  // What was asked before it was suspended tells nothing new.
  if (state_ == ListState::suspended) return ListNews::none;
  if (reply.kind == Kind::unknown) return reply.of_list ? silent(now) : ListNews::none;
  silence_ = 0;
  if (reply.kind == Kind::refused || reply.kind == Kind::foreign) {
    return suspend(describe_refusal(reply), Patience::long_one, now);
  }
  if (reply.kind == Kind::listed) return look_for_run(client, now);
  run_ended(client);
  return ListNews::none;
}

bool ListHealth::proven(Instant heard) const { return proof_ && *proof_ >= heard - kProofHolds; }

ListNews ListHealth::control_answered(const ListReply& reply, Instant asked, Moment now) {
  if (state_ == ListState::suspended) return ListNews::none;
  if (reply.kind == Kind::unknown) return reply.of_list ? silent(now) : ListNews::none;
  silence_ = 0;
  const auto opinion = opinion_of({{Kind::listed, {}, {}}, {Kind::unlisted, {}, {}}, reply});
  if (opinion.of == Opinion::Of::trouble) {
    return suspend(opinion.trouble, Patience::long_one, now);
  }
  proof_ = std::max(proof_.value_or(asked), asked);
  return ListNews::none;
}

bool ListHealth::is_new(const ClientKey& client) {
  if (std::find(recent_.begin(), recent_.end(), client) != recent_.end()) return false;
  recent_[recent_next_++ % recent_.size()] = client;
  return true;
}

// So many that such a run has a chance of one in a million by the share that the list used to have.
// Many clients in a row are listed when a botnet comes, so a low share is taken for a higher one.
std::size_t ListHealth::run_too_long() const {
  constexpr double kChance = 1e-6;
  constexpr double kShareOfBotnet = 0.95;
  const double share =
      (static_cast<double>(listed_before_) + 1) / (static_cast<double>(asked_before_) + 2);
  return static_cast<std::size_t>(
      std::ceil(std::log(kChance) / std::log(std::max(kShareOfBotnet, (1 + share) / 2))));
}

ListNews ListHealth::look_for_run(const ClientKey& client, Moment now) {
  if (!is_new(client) || ++run_ < run_too_long()) return ListNews::none;
  const auto before = asked_before_ == 0 ? std::string("and none before them")
                                         : fmt::format("but {} of 100 before them",
                                                       listed_before_ * 100 / asked_before_);
  return suspend(fmt::format("listed each of the last {} clients, {}", run_, before),
                 Patience::long_one, now);
}

void ListHealth::run_ended(const ClientKey& client) {
  if (!is_new(client)) return;
  listed_before_ += run_;
  asked_before_ += run_ + 1;
  run_ = 0;
  if (asked_before_ < kHistory) return;
  listed_before_ /= 2;
  asked_before_ /= 2;
}

}  // namespace gatepost
