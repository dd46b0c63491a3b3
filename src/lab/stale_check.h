// Sees to it that no check rests on what was so and is no more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "gate/ports/ledger.h"
#include "gate/ports/witness.h"

namespace gatepost {

// Every judgement again, by the same checks, with nothing kept of a judgement before: on the
// session as it is, what is known of its client by now, and the client's record as the ledger has
// it. What is remembered of its neighbours is looked up once a session, and is taken as it was.
class StaleCheck final : public Witness {
 public:
  struct Now {
    WallTime wall;
    ClientName name;
    std::vector<DnsblAnswer> dnsbl;
  };
  using KnownNow = std::function<Now(const SessionFacts& session)>;

  // The ledger outlives it.
  StaleCheck(const Ledger& ledger, KnownNow known_now)
      : ledger_(ledger), known_now_(std::move(known_now)) {}

  void weighed(const Evidence& evidence, const std::vector<Finding>& findings) override;

  std::uint64_t seen() const { return seen_; }
  std::uint64_t stale() const { return stale_; }
  const std::string& first() const { return first_; }  // what was wrong with the first that was

 private:
  std::string fault_of(const Evidence& evidence, const std::vector<Finding>& findings) const;

  const Ledger& ledger_;
  const KnownNow known_now_;
  std::uint64_t seen_ = 0;
  std::uint64_t stale_ = 0;
  std::string first_;
};

}  // namespace gatepost
