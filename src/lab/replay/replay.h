// Recorded sessions through the real gate on virtual time: what it would have done with them,
// knowing at each moment only what came before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "gate/hearing.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/recorded_session.h"
#include "gate/settings.h"
#include "lab/replay/attempt.h"
#include "lab/replay/returns.h"
#include "lab/replay/short_memory.h"

namespace gatepost {

struct ReplayOptions {
  // From what mail the gate learns what it was.
  enum class Feedback : std::uint8_t {
    passed,  // what was let in, as in life
    all,     // whatever came, as if somebody had looked at what was refused, too
  };
  Feedback feedback = Feedback::passed;
  // A filter of content that says it: it catches so much of the spam, and calls so much of the ham
  // spam. None: the label itself is told.
  struct Filter {
    double catches = 1;
    double errs = 0;
  };
  std::optional<Filter> filter;
  Duration delay{};  // from the delivery until it is told
  // Whoever was not heard of for so long is unknown again; none: as the ledger has it.
  std::optional<Duration> memory;
  SpamReturns spam_returns;
  std::uint64_t seed = 1;
  // So many wait to come again at most, some 1 KB each; of more the one that is due last is given
  // up. Of a hundred mails a second, all deferred for half an hour, as many wait.
  std::size_t waiting_max = 200'000;
};

// What became of one session.
struct Replayed {
  std::shared_ptr<const RecordedSession> session;
  std::uint64_t number = 0;   // in the order in which they came, from 0
  Attempt first;              // its first try
  Verdict shadow;             // what each check said of that, whoever acted
  bool was_jailed = false;    // when it came first, for something earlier
  bool delivered = false;     // in the end
  bool refused = false;       // for good, some time
  WallTime began = kNever;    // when it came first; what was earlier than one before, with it
  WallTime settled = kNever;  // when it was let in, refused, or gave up
  std::uint32_t tries = 1;
  bool was_refused() const { return first.answer != Attempt::Answer::let_in; }  // at its first try
  bool no_room = false;  // too many waited with it: nobody knows what had become of it
};

// What is said of a session where one verdict is told: that of its first try, with the findings of
// all checks.
Verdict told_verdict(const Replayed& replayed);

// Bound to one thread. What waits to come again is bounded; what waits to be told of, by what
// comes within `delay`.
class Replay {
 public:
  // `judged`: after the first try of each, in order. `settled`: when it is known what becomes of
  // it, in the order of that. The ledger is changed.
  struct Told {
    std::function<void(const Replayed&)> judged;
    std::function<void(const Replayed&)> settled;
    // At whichever try, before that is told of.
    std::function<void(const Sentence&, const SessionFacts&)> sentenced = {};
  };

  // All that is referred to outlives it. Judged in mode enforce whatever the settings say.
  Replay(const Settings& settings, Ledger& ledger, const ReplayOptions& options, Told told);

  // One that had ended long before the last one began is of another recording, which has its own
  // time: who is still to come again does before.
  void take(std::shared_ptr<const RecordedSession> session);
  void end();  // the last call: who is still to come again does

 private:
  class Listener final : public Recorder {
   public:
    explicit Listener(const Told& told) : told_(told) {}
    void decided(const Verdict&, const SessionFacts&, WallTime) override {}
    void sentenced(const Sentence& sentence, const Verdict&, const SessionFacts& facts,
                   WallTime) override {
      if (told_.sentenced) told_.sentenced(sentence, facts);
    }
    void ended(const SessionSummary&) override {}
    void alarm(std::string_view, std::string_view, WallTime) override {}

   private:
    const Told& told_;
  };
  struct Waiting {
    Replayed replayed;
    Returns returns;
  };
  struct Unheard {
    std::shared_ptr<const RecordedSession> session;
    std::uint64_t number = 0;
  };
  using Due = std::pair<WallTime, std::uint64_t>;

  void advance(WallTime time);
  bool is_jailed(const RecordedSession& session) const;
  Returns returns_of(const RecordedSession& session) const;
  void come_again(Waiting waiting);
  void settle(Waiting waiting, Attempt::Answer answer);
  void give_up_last();
  void tell(Unheard word);
  void learn(const Unheard& word);
  MailWord word_of_filter(const Unheard& word) const;

  WallTime now_ = kNever;
  const Settings settings_;
  std::optional<ShortMemory> short_;
  Ledger& ledger_;
  const ReplayOptions options_;
  const Told told_;
  Listener listener_;
  Hearing hearing_;
  std::uint64_t count_ = 0;
  std::map<Due, Waiting> waiting_;  // to come again
  std::map<Due, Unheard> unheard_;
};

}  // namespace gatepost
