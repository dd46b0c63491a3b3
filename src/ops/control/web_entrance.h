// Who may ask what of the control API over TCP: by token.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>

#include "gate/settings.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Thread-safe, as what it is given is.
class WebEntrance {
 public:
  using Alarm = std::function<void(std::string_view word, std::string_view text, WallTime now)>;

  // `alarm` is told of wrong tokens, at most once a minute.
  WebEntrance(SettingsSource settings, std::function<WallTime()> now, Alarm alarm);

  // By its header. 401 without a token of `[web]` (RFC 6750 3), 403 where that one is not for this;
  // else nothing.
  std::optional<Response> refuses(const Request& request);

 private:
  void tell_of_wrong_token();

  SettingsSource settings_;
  std::function<WallTime()> now_;
  Alarm alarm_;
  std::atomic<WallTime> told_{kNever};
};

}  // namespace gatepost
