// How long a sentence lasts, how strikes fade, and how a jailed client is answered.
#pragma once

#include <cstdint>
#include <string>

#include "model/instant.h"
#include "model/record.h"

namespace gatepost {

// [jail]; what recorded mail says of it, which is little, is in docs/defaults.md.
struct JailSettings {
  // Where a jailed client meets its refusal.
  enum class At { automatic, rcpt, connect };
  // What it meets there, at connect.
  enum class RefuseBy { reply, reset };

  Duration first = std::chrono::minutes(5);
  Duration grow = std::chrono::minutes(1);
  double factor = 2.0;
  Duration longest = std::chrono::hours(24 * 30);
  At at = At::automatic;
  RefuseBy refuse_by = RefuseBy::reply;
  Duration grace = std::chrono::hours(24);  // who was let out is not jailed again meanwhile
  std::string contact;                      // shown where a person must learn of it; may be empty
};

// With one class of evidence no sentence outlasts a mail queue: longer is a lost mail.
inline constexpr Duration kLongestOnOneClass = std::chrono::hours(24);
// A sentence over this is met at connect with jail.at = auto.
inline constexpr Duration kLongestAtRcpt = std::chrono::hours(1);

// first + grow·(factor^(strikes−1) − 1), at most `longest`, and at most a day where fewer than two
// classes of evidence stand behind it. `strikes` counts this stay: 1 for the first.
Duration sentence_length(const JailSettings& settings, std::uint32_t strikes, int evidence_classes);

// Strikes that still count at `now`: halved for each quiet period as long as the last sentence,
// counted from its end.
std::uint32_t standing_strikes(const Sentence& last, WallTime now);

// The sentence that a client gets now, its last one being `last`. Earlier strikes that still stand
// are evidence of their own class (reputation), so a second stay has two. Who is serving a longer
// one, as given by hand, stays until that is over.
Sentence next_sentence(const JailSettings& settings, const Sentence& last, CheckName reason,
                       int evidence_classes, std::string verdict_id, WallTime now);

// An address may get a new tenant, and so a short sentence for mail leaves a way to who behaves.
bool leaves_a_way(const Sentence& sentence);

enum class JailAnswer {
  rcpt_temporary,     // 450 at RCPT; postmaster and good conduct still have a way
  rcpt_permanent,     // 550 at RCPT
  connect_temporary,  // 421 at connect
  connect_permanent,  // 554 at connect, with contact, so that a person learns of it
};
JailAnswer jail_answer(const JailSettings& settings, const Sentence& sentence);

}  // namespace gatepost
