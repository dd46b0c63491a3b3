// Trips where clients in good standing are refused: something is wrong with us, and until that is
// over nobody is refused for good.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "model/address.h"
#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// Whose refusal speaks against the gate: known good, or with ham on record. Not who is blocked for
// its score, which is its standing, nor whom an operator has banned.
bool in_good_standing(const Record& record, const Settings& settings, WallTime now);

struct BreakerStatus {
  bool tripped = false;
  WallTime since = kNever;         // tripped
  WallTime until = kNever;         // at the earliest
  std::vector<ClientKey> clients;  // whose refusals tripped it
};

// One for the whole gate. `limit` is safety.breaker at that moment: so many refused clients within
// its window trip it, and a window without any resets it; a count of 0 is never. It takes no lock:
// where several threads share it, whoever makes it hands in how only one of them is let in at a
// time; tripped() is for all of them.
class Breaker {
 public:
  using Exclusively = std::function<void(const std::function<void()>&)>;
  static constexpr std::size_t kClientsMax = 1'000;  // counted apart; so the greatest count

  // That it trips, and is reset, is told to the recorder, which outlives it, once.
  explicit Breaker(Recorder& recorder, Exclusively exclusively = {});

  // A client in good standing is refused. However often: it counts once. Nobody waits for another
  // while the breaker is tripped.
  void refused(const ClientKey& client, const WindowLimit& limit, WallTime now);

  // One look at a number while it is not. Where nobody asks for long, its reset is told of late.
  bool tripped(const WindowLimit& limit, WallTime now);

  BreakerStatus status(const WindowLimit& limit, WallTime now) const;

 private:
  struct Refused {
    ClientKey client;
    WallTime at;  // last
  };

  void exclusively(const std::function<void()>& work) const;
  void note(const ClientKey& client, const WindowLimit& limit, WallTime now);
  void trip(const WindowLimit& limit, WallTime now);
  void reset_if_over(const WindowLimit& limit, WallTime now);

  Recorder& recorder_;
  const Exclusively exclusively_;
  std::atomic<std::int64_t> last_{0};  // refusal, in epoch milliseconds, while tripped; or 0
  WallTime since_ = kNever;            // tripped
  std::vector<Refused> refused_;
};

// A client with that record is refused: told to the breaker if it is in good standing. Whether it,
// as everybody, is refused for now only.
bool refuses_for_now(Breaker& breaker, const ClientKey& client, const Record& record,
                     const Settings& settings, WallTime now);

}  // namespace gatepost
