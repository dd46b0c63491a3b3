// What settings cost on recorded sessions: the spam that they let in, the good mail that they hurt.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "gate/ports/ledger.h"
#include "gate/recorded_session.h"
#include "gate/settings.h"
#include "lab/replay/replay_report.h"

namespace gatepost {

// In the coin of one spam that gets in.
struct Prices {
  double deferred = 10;  // a ham that is told to come again, and does
  double lost = 1000;    // one that is refused for good, or whose server gives up
};

enum class Harm : std::uint8_t {
  spam_let_in,  // at its first try
  ham_deferred,
  ham_lost,
};

struct Toll {
  std::uint64_t spam_let_in = 0;
  std::uint64_t ham_deferred = 0;
  std::uint64_t ham_lost = 0;

  void add(Harm harm);
  void add(const Toll& other);
  double cost(const Prices& prices) const;
};

// Recorded sessions in the order in which they came, cut into parts of as many each.
class TuneSessions {
 public:
  using List = std::vector<std::shared_ptr<const RecordedSession>>;
  static constexpr std::size_t kParts = 5;  // the first is learnt from, and costs nothing

  explicit TuneSessions(List sessions);

  const List& all() const { return sessions_; }
  std::size_t part_of(std::uint32_t session) const {
    return std::size_t{session} * kParts / sessions_.size();
  }
  // What is alike for coming from one place: the IPv4 /24s and IPv6 /56s, numbered.
  std::uint32_t network_of(std::uint32_t session) const { return networks_[session]; }
  const Labelled& labelled(std::size_t part) const { return labelled_.at(part); }

 private:
  const List sessions_;
  std::vector<std::uint32_t> networks_;
  std::array<Labelled, kParts> labelled_{};
};

struct Outcomes {
  struct Harmed {
    std::uint32_t session = 0;
    Harm harm{};
    bool operator==(const Harmed&) const = default;
  };
  std::vector<Harmed> harmed;  // by session, rising
  // Of all parts but the first:
  std::uint64_t came_back = 0;  // spam that got in later
  std::uint64_t refused = 0;    // for good, whatever it was
  std::array<Toll, TuneSessions::kParts> tolls{};
};

// A replay that costs more than this is not finished, whichever part one leaves out.
struct CostLimit {
  Prices prices;
  double cost = std::numeric_limits<double>::infinity();
};

// Of a replay with an empty ledger, which is changed. Nothing where it is not finished.
std::optional<Outcomes> outcomes_of(const TuneSessions& sessions, const Settings& settings,
                                    Ledger& ledger, const CostLimit& limit = {});

}  // namespace gatepost
