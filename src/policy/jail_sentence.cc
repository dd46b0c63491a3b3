// Implements policy/jail_sentence.h.
#include "policy/jail_sentence.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace gatepost {

Duration sentence_length(const JailSettings& settings, std::uint32_t strikes,
                         int evidence_classes) {
  assert(strikes >= 1);
  const auto bound =
      evidence_classes >= 2 ? settings.longest : std::min(settings.longest, kLongestOnOneClass);
  const double growth = std::pow(settings.factor, static_cast<double>(strikes - 1)) - 1.0;
  const double grow = static_cast<double>(settings.grow.count());
  const double grown =
      grow == 0.0 ? 0.0 : grow * growth;  // growth may be infinite, and 0·∞ is no number
  const double length = static_cast<double>(settings.first.count()) + grown;
  if (length >= static_cast<double>(bound.count())) return bound;
  return Duration(std::llround(length));
}

std::uint32_t standing_strikes(const Sentence& last, WallTime now) {
  if (!last.given() || now <= last.until || last.length <= Duration::zero()) return last.strikes;
  const auto quiet_periods = (now - last.until) / last.length;
  return quiet_periods >= 32 ? 0 : last.strikes >> quiet_periods;
}

Sentence next_sentence(const JailSettings& settings, const Sentence& last, CheckName reason,
                       int evidence_classes, std::string verdict_id, WallTime now) {
  const auto standing = standing_strikes(last, now);
  const int classes = evidence_classes + (standing > 0 ? 1 : 0);
  Sentence sentence;
  sentence.strikes = standing + 1;
  sentence.length = sentence_length(settings, sentence.strikes, classes);
  sentence.from = now;
  sentence.until = now + sentence.length;
  if (last.serving(now) && last.until > sentence.until) {
    sentence.until = last.until;
    sentence.length = last.until - now;
  }
  sentence.evidence_classes = static_cast<std::uint8_t>(classes);
  sentence.reason = reason;
  sentence.verdict_id = std::move(verdict_id);
  return sentence;
}

bool leaves_a_way(const Sentence& sentence) {
  if (sentence.length > kLongestAtRcpt) return false;
  return sentence.reason == CheckName::trap || sentence.reason == CheckName::restricted ||
         sentence.reason == CheckName::unknown_users || sentence.reason == CheckName::pregreet;
}

JailAnswer jail_answer(const JailSettings& settings, const Sentence& sentence) {
  const bool permanent = sentence.length > kLongestOnOneClass && sentence.evidence_classes >= 2;
  const bool at_connect =
      settings.at == JailSettings::At::connect ||
      (settings.at == JailSettings::At::automatic && sentence.length > kLongestAtRcpt);
  if (at_connect) return permanent ? JailAnswer::connect_permanent : JailAnswer::connect_temporary;
  return permanent ? JailAnswer::rcpt_permanent : JailAnswer::rcpt_temporary;
}

}  // namespace gatepost
