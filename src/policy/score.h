// What was said of an address's mail, added up, and who is blocked for it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/instant.h"
#include "model/record.h"
#include "policy/as_numbers.h"

namespace gatepost {

// [score]; what was counted of it is in docs/defaults.md.
struct ScoreSettings {
  enum class Model {
    plain,      // the sum
    posterior,  // how likely its next message is spam (policy/posterior.h)
  };

  int ham = 1;
  int spam = -1;
  int missed_spam = -2;  // a miss that had counted as ham; one that had counted as nothing is spam
  int block_below = 0;
  // A blocked address gets one message through in so long, so that a mistake heals; none: never.
  std::optional<Duration> trial = std::chrono::hours(24);
  Duration remember = kForever;  // since the last spam
  Model model = Model::plain;
  Duration half_life = std::chrono::hours(24 * 10);  // of repute
  double likely = 0.1;      // posterior: blocked where spam is surely likelier than this
  std::string as_database;  // a file; empty: none
  std::shared_ptr<const AsNumbers> as_numbers;  // what is in it; null: nobody's is known
};

// For ever, if so wished: exact, whatever the order of what was said.
std::int64_t score_of(const Record& record, const ScoreSettings& settings, WallTime now);

// By the sum.
bool is_blocked(const Record& record, const ScoreSettings& settings, WallTime now);

// Whether a blocked address may have its message now. The next one is due when that has come
// through.
bool trial_is_due(const Record& record, const ScoreSettings& settings, WallTime now);

}  // namespace gatepost
