// Whether a mail server refuses a recipient because there is no such user.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatepost {

// `status`: an enhanced status code (RFC 3463 3.2). Not those that are said of senders, whom many
// servers refuse at RCPT only: 5.1.0, 5.1.7, 5.1.8, 5.1.9; nor policy (5.7.x), nor troubles (4yz).
inline bool means_unknown_user(std::string_view status) {
  return status.starts_with("5.1.") && status != "5.1.0" && status != "5.1.7" &&
         status != "5.1.8" && status != "5.1.9";
}

// With the code of the reply: then the status may be empty (RFC 3463 2).
inline bool means_unknown_user(std::int64_t code, std::string_view status) {
  if (code != 550 && code != 551 && code != 553) return false;
  return status.empty() || means_unknown_user(status);
}

}  // namespace gatepost
