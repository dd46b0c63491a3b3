// What is forgotten of whom, and when.
#pragma once

#include <vector>

#include "gate/ports/ledger.h"
#include "gate/settings.h"

namespace gatepost {

// For one look through the records.
class Forgetting {
 public:
  // `pressure`: 0 while there is room, then the more is forgotten the greater it is, the least
  // useful first; see kPressureMax. `exceptions` are those of the ledger.
  Forgetting(const Settings& settings, std::vector<Exception> exceptions, int pressure,
             WallTime now);

  static constexpr int kPressureMax = 4;

  // What is jailed or excepted is never forgotten, nor that an address leaked, nor to whom our
  // users wrote within greet.pass_for; of whom nothing else is known is forgotten after that. What
  // clients have in common when it says nothing any more; a client when it was not here for
  // score.remember, or, under pressure, for so long that it matters least. What was active rests
  // when all of it is over.
  Fate fate_of(const RecordKey& key, const Record& record) const;

  // What was said of messages that were first told of before goes: after learn.keep, or under
  // pressure sooner, later than who was never labelled and before who was.
  WallTime messages_since() const;

  // What was active before is over, whatever it was.
  WallTime active_since() const;

 private:
  bool was_just_written_to(const Record& record) const;
  bool is_useless(const Record& record) const;
  bool is_over(const Record& record) const;  // what was active
  bool is_excepted(const ClientKey& client) const;

  const Settings& settings_;
  std::vector<Exception> exceptions_;
  int pressure_;
  WallTime now_;
};

// Bans of networks that are over are taken out, some of them a call.
void forget_network_bans(Ledger& ledger, WallTime now);

// How hard the ledger is pressed after one more look through it: what it has of what it may have.
int pressure_after(int pressure, double share_used);

}  // namespace gatepost
