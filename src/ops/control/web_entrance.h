// Who may ask what of the control API over TCP: by token.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "gate/settings.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Thread-safe, as what it is given is.
class WebEntrance {
 public:
  using Handler = std::function<Response(const Request&)>;
  using Alarm = std::function<void(std::string_view word, std::string_view text, WallTime now)>;

  // `alarm` is told of wrong tokens, at most once a minute.
  WebEntrance(SettingsSource settings, std::function<WallTime()> now, Handler handler, Alarm alarm);

  // 401 without a token of `[web]` (RFC 6750 3), 403 where that one is not for this.
  Response handle(const Request& request);

 private:
  void tell_of_wrong_token();

  SettingsSource settings_;
  std::function<WallTime()> now_;
  Handler handler_;
  Alarm alarm_;
  std::atomic<WallTime> told_{kNever};
};

}  // namespace gatepost
