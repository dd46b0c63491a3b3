// What the ledger knows beyond a client's own record, looked up when a check asks for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "checks/greylist/correspondence.h"
#include "gate/ports/ledger.h"
#include "gate/settings.h"

namespace gatepost {

// Whom a client is counted among, the widest first: its autonomous system, where a database is
// given; IPv4 /24; IPv6 /32, /48, /56.
std::vector<Neighbours> neighbours_of(const Address& address, const ScoreSettings& settings);
RecordKey key_of(const Neighbours& neighbours);

// The one that rates are counted for: IPv4 /24, IPv6 /48.
Network crowd_of(const Address& address);

// The note of a record that tells how much of a mined log the ledger holds.
inline constexpr std::string_view kMarkOfMining = "mined";

// Whether a record that is no client's says nothing any more.
bool is_over(const RecordKey& key, const Record& record, const Settings& settings, WallTime now);

// For one judgement; what it is given outlives it.
class LedgerRecall final : public Recall {
 public:
  // `recipient`: null, or the one that is asked about; `neighbours` keeps what was looked up from
  // one judgement of a session to the next.
  LedgerRecall(const Ledger& ledger, const Settings& settings, const SessionFacts& facts,
               const Mailbox* recipient, WallTime now,
               std::optional<std::vector<KnownNeighbours>>& neighbours)
      : ledger_(ledger),
        settings_(settings),
        facts_(facts),
        recipient_(recipient),
        now_(now),
        neighbours_(neighbours) {}

  const std::vector<KnownNeighbours>& neighbourhood() const override;
  const KnownNeighbours& crowd() const override;
  const Correspondence* correspondence() const override;

  // What was asked for, if it was.
  struct Asked {
    CorrespondenceKeys keys;
    Correspondence correspondence;
    WallTime last_passed = kNever;
  };
  const std::optional<Asked>& asked() const { return asked_; }

 private:
  bool is_written_to() const;  // by one of our users

  const Ledger& ledger_;
  const Settings& settings_;
  const SessionFacts& facts_;
  const Mailbox* recipient_;
  WallTime now_;
  std::optional<std::vector<KnownNeighbours>>& neighbours_;
  mutable std::optional<KnownNeighbours> crowd_;
  mutable std::optional<Asked> asked_;
};

}  // namespace gatepost
