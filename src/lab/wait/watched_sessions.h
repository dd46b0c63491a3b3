// What recorded sessions tell of how long their clients bore to wait.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "checks/botnet/botnet_settings.h"
#include "gate/recorded_session.h"
#include "lab/wait/survival.h"

namespace gatepost {

// What may be known of a client while it waits.
enum class NameKind { none, mismatch, consumer, other };
inline constexpr std::size_t kNameKinds = 4;
std::string_view to_string(NameKind kind);

// Consumer: the graded verdict would hit. Nothing where the name is unknown.
std::optional<NameKind> kind_of_name(const SessionFacts& facts, const BotnetSettings& settings);

// Nothing of sessions that were not made to wait, or do not say whether they were. `wait` is the
// setting of that time: who said nothing and left sooner was not greeted. That a client which is
// greeted at once may leave as silently is on no record, and counts as impatience here.
std::optional<Watched> watched_in(const RecordedSession& session, Duration wait);

class WatchedSessions {
 public:
  WatchedSessions(const BotnetSettings& settings, Duration wait)
      : settings_(settings), wait_(wait) {}

  void add(const RecordedSession& session);

  std::vector<SurvivalStep> curve() const;  // of all, those of unknown names too
  std::vector<SurvivalStep> curve(NameKind kind) const;

 private:
  const BotnetSettings& settings_;
  Duration wait_;
  std::vector<Watched> unnamed_;
  std::array<std::vector<Watched>, kNameKinds> named_;
};

}  // namespace gatepost
