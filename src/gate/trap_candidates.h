// Who is written to by spammers alone: recipients that would do as traps, found in sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gate/recorded_session.h"

namespace gatepost {

// What a session says of those it wrote to.
enum class RecipientWord {
  nothing,
  in_use,        // good mail came, or such as nobody called spam: somebody may read it
  spam,          // its mail was called spam
  refused,       // no mail was taken, for what the client is or did; coming again does not help
  unknown_user,  // the same, and the server knows none of them
};
RecipientWord word_of(const RecordedSession& session);

// The mailbox in the form that is compared; empty where the journal hides it.
std::string recipient_key(std::string_view recipient);

struct TrapCandidate {
  // Clients and networks (/24, /56) are counted up to here.
  static constexpr std::size_t kCountedMax = 64;

  std::string recipient;
  std::uint32_t spam = 0;     // sessions
  std::uint32_t refused = 0;  // likewise, those of unknown users among them
  std::uint32_t unknown = 0;  // the server knew of no such user
  std::size_t clients = 0;
  std::size_t networks = 0;
  std::uint32_t days = 0;  // on which they came
  WallTime first_seen = kNever;
  WallTime last_seen = kNever;
};

// Sessions in any order. Who is in use is no candidate, nor is what his address is without its tag,
// for a trap catches all tags; nor is who logs in. Null senders spring no trap and are no evidence.
class TrapCandidates {
 public:
  static constexpr std::size_t kRecipientsMax = 500'000;

  // Sessions before `since` only speak against.
  explicit TrapCandidates(std::string tag_separators, WallTime since = kNever,
                          std::size_t recipients_max = kRecipientsMax);

  void take(const RecordedSession& session);

  // The best first: unknown users, for nobody can read their mail, then by how much came, from how
  // many networks, on how many days.
  std::vector<TrapCandidate> ranked() const;

  struct Counts {
    std::uint64_t sessions = 0;
    std::uint64_t labelled = 0;
    std::uint64_t hidden = 0;  // recipients that the journal does not tell
    std::uint64_t beyond = 0;  // those named when there was no room for more
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Evidence;
  // Null: no candidate for good. A pointer, for of most nothing more is to be kept.
  using Table = std::unordered_map<std::string, std::unique_ptr<Evidence>>;

  void rule_out(const std::string& key);
  void rule_out_login(std::string_view login);
  void add(const std::string& key, RecipientWord word, const SessionFacts& facts);

  const std::string tag_separators_;
  const WallTime since_;
  const std::size_t recipients_max_;
  Table table_;
  std::unordered_set<std::string> logins_;  // without a domain
  Counts counts_;

 public:
  ~TrapCandidates();
};

}  // namespace gatepost
