// How likely a ban is a mistake: what speaks for a client that was caught, and what against it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/client_name.h"
#include "model/record.h"

namespace gatepost {

// One try to deliver. What has the same `letter`, which tells sender and recipient, is the same
// message until that is delivered.
struct DeliveryTry {
  WallTime at = kNever;
  std::string letter;
  bool delivered = false;
};

// Unknown is empty or zero. What is referred to outlives the call.
struct CaughtClient {
  const Record& record;
  const Sentence& sentence;             // that counts in this mode; may be none
  ClientName name = {};                 // when it was last here
  bool consumer_name = false;           // one of a consumer's line
  bool known_organisation = false;      // others with its domain deliver good mail
  std::vector<DeliveryTry> tries = {};  // the one that it was sentenced for, and since; any order
  std::uint32_t traps = 0;              // of all of its last sessions together
  std::uint32_t recipients_known = 0;   // likewise, that the backend knows
  bool spoke_early = false;             // in one of its last sessions
  std::uint32_t passwords_failed = 0;   // likewise
};

// One reason. Above zero it speaks for a mistake.
struct MistakeSign {
  std::string_view word;  // for scripts; stable
  int points = 0;
  std::string detail;  // one sentence without full stop
};

// Those that speak for a mistake first, the strongest of them first. Pure; of a client whose
// sessions nobody looked up it gives what the record says.
std::vector<MistakeSign> signs_of_mistake(const CaughtClient& client);

int points_of(const std::vector<MistakeSign>& signs);

// The remark of a review that begins since that source says that a client's mail is good, and
// whether it is the last one of a record.
std::string vouching_note(std::string_view source);
bool is_vouched_for(const Record& record);

// Whether these are the tries of a mail server with a queue (RFC 5321 4.5.4.1): a message comes
// again, never sooner than 5 minutes after it was last tried.
struct RetryManner {
  std::uint32_t again = 0;      // tries after the first, of the message that came most often
  Duration shortest{};          // between two of one message; with `again`
  bool intervals_grow = false;  // over three tries or more
};
RetryManner retry_manner(std::vector<DeliveryTry> tries);

}  // namespace gatepost
