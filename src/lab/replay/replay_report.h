// What a replay came to: caught and missed, good mail that was hurt, and what each check had in it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "lab/replay/replay.h"
#include "model/address.h"
#include "model/finding.h"

namespace gatepost {

// What one check says of a session, as far as it counts.
struct ShadowHit {
  CheckName check{};
  EvidenceClass evidence_class{};
  Treatment treatment{};
  int points = 0;
  auto operator<=>(const ShadowHit&) const = default;
};
// Those of one session, in the order of the checks' table; findings on `note` are left out.
using Pattern = std::vector<ShadowHit>;
Pattern pattern_of(const Verdict& verdict);

bool speaks_against(const ShadowHit& hit);
bool makes_suspect(const ShadowHit& hit);  // so that greylisting asks it to come again

// Sessions by what they were.
struct Labelled {
  std::uint64_t spam = 0;
  std::uint64_t ham = 0;

  void count(MailWord label) { ++(label == MailWord::spam ? spam : ham); }
  Labelled& operator+=(const Labelled& other) {
    spam += other.spam;
    ham += other.ham;
    return *this;
  }
};

// What the record of a session may lack, and what that leaves open.
struct Gap {
  bool name = false;        // nobody asked for the client's name
  bool helo = false;        // what it called itself
  bool early_talk = false;  // whether it spoke too early
  bool recipients = false;
  bool suspect = false;  // has points against it, so that it might be greylisted
  auto operator<=>(const Gap&) const = default;
};

// Sessions that lack the same.
struct Gaps {
  Labelled sessions;
  Labelled let_in;  // of them, when they came first
};

// Sessions of one IPv4 /24 or IPv6 /48.
struct NetworkCounts {
  Network network;
  Labelled sessions;
  Labelled refused;  // of them, when they came first
};

// The strongest finding, "jail: serving 5m for trap"; empty: there is none.
std::string in_words(const Verdict& verdict);

struct ReplayReport {
  std::uint64_t warm_up = 0;  // sessions that count for nothing below
  std::uint64_t spam = 0;
  std::uint64_t ham = 0;
  std::uint64_t unlabelled = 0;
  std::uint64_t unlabelled_refused = 0;  // at first

  std::uint64_t caught = 0;     // spam that was refused when it came first
  std::uint64_t came_back = 0;  // of that: let in when it came again

  std::uint64_t ham_hurt = 0;        // refused, for now or for good, when it came first
  std::uint64_t ham_tempfailed = 0;  // refused for now when it came first
  std::uint64_t ham_rejected = 0;    // refused for good, at whichever try
  std::uint64_t ham_lost = 0;        // refused for now until its server gave up
  std::uint64_t no_room = 0;         // too many waited with them: their end is not known
  std::vector<Duration> ham_delays;  // of all that was delivered, rising

  struct Sender {
    Address client;
    std::string name;
    std::uint64_t ham = 0;
    std::uint64_t hurt = 0;
    std::uint64_t rejected = 0;
    std::uint64_t lost = 0;
    std::string why;  // the strongest finding, the first time
  };
  std::vector<Sender> senders;  // hurt once or more, the most first
  std::uint64_t ham_senders = 0;
  std::vector<Sender> largest;  // the dozen that send most ham, hurt or not

  std::map<Pattern, Labelled> patterns;
  std::map<CheckName, Labelled> noted;  // found by checks on `note`
  std::map<Gap, Gaps> gaps;
  std::vector<NetworkCounts> networks;  // in their order
};

// Of ham that was delivered, and not at once; rising.
std::vector<Duration> delayed_of(const ReplayReport& report);

// Takes what a Replay tells.
class ReplayCounts {
 public:
  explicit ReplayCounts(std::uint64_t warm_up) { report_.warm_up = warm_up; }

  void judged(const Replayed& session);
  void settled(const Replayed& session);

  ReplayReport report() const;

 private:
  void count_network(const Address& client, MailWord label, bool refused);

  ReplayReport report_;
  std::unordered_map<Address, ReplayReport::Sender> senders_;
  std::unordered_map<Address, NetworkCounts> networks_;  // by their base
};

}  // namespace gatepost
