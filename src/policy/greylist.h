// Greylisting: mail servers come again, most bots do not (RFC 6647).
#pragma once

#include <cstdint>

#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// [greylist]; for whom, and after how much trust, was counted: docs/defaults.md.
struct GreylistSettings {
  enum class For { suspects, all };
  For for_whom = For::suspects;
  Duration delay = std::chrono::minutes(5);         // from its first try
  Duration expire = std::chrono::hours(48);         // for coming again, from the same
  Duration pass_for = std::chrono::hours(24 * 36);  // what came again, from when it came last
  std::uint32_t trust_after = 5;  // so many that came again, and its sender waits no more; 0: never
};

enum class GreylistStage {
  first,  // nothing that still counts is known of it
  early,  // it came again too soon; that does not make it wait longer
  back,   // it came again, and is let in
  known,  // it did so before
};

// Of a correspondence: who writes from where to whom.
GreylistStage greylist_stage(const GreylistSettings& settings, const Record& correspondence,
                             WallTime now);

// Whether so much of one sender's mail came again that it need not any more.
bool is_trusted_to_return(const GreylistSettings& settings, const Record& sender, WallTime now);

// Whether a record of either kind says nothing any more.
bool is_over(const GreylistSettings& settings, const Record& record, WallTime now);

}  // namespace gatepost
