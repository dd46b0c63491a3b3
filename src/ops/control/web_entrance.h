// Who may ask what of the control API over TCP: by token, or by the login that one was taken for.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>

#include "gate/settings.h"
#include "ops/control/logins.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Thread-safe, as what it is given is.
class WebEntrance {
 public:
  using Alarm = std::function<void(std::string_view word, std::string_view text, WallTime now)>;

  // `alarm` is told of wrong tokens, at most once a minute. `logins` outlive it.
  WebEntrance(SettingsSource settings, Logins& logins, std::function<WallTime()> now, Alarm alarm);

  // By its header; who may go on gets its role. 421 for a Host that is none of our names, by which
  // another site's script would reach us (RFC 9110 15.5.20); 401 without token or login (RFC 6750
  // 3), 429 after too many wrong ones, 403 where it is not for this, or another site sent it.
  std::optional<Response> refuses(Request& request);

 private:
  std::optional<Response> knows(Request& request);
  void tell_of_wrong_token();

  SettingsSource settings_;
  Logins& logins_;
  std::function<WallTime()> now_;
  Alarm alarm_;
  std::atomic<WallTime> told_{kNever};
};

}  // namespace gatepost
