// Who may ask what of the control API over TCP: by token, or by the login that one was taken for.
#pragma once

#include <optional>

#include "gate/settings.h"
#include "ops/control/logins.h"
#include "ops/control/request.h"
#include "ops/journal/journal_recorder.h"

namespace gatepost {

// Thread-safe, as what it is given is.
class WebEntrance {
 public:
  WebEntrance(SettingsSource settings, Logins& logins);  // the logins outlive it

  // By its header; who may go on gets its role. 421 for a Host that is none of our names, by which
  // another site's script would reach us (RFC 9110 15.5.20); 401 without token or login (RFC 6750
  // 3), 429 after too many wrong ones, 403 where it is not for this, or another site sent it.
  std::optional<Response> refuses(Request& request);

 private:
  std::optional<Response> knows(Request& request);

  SettingsSource settings_;
  Logins& logins_;
};

}  // namespace gatepost
