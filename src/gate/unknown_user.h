// Whether a mail server refuses a recipient because there is no such user.
#pragma once

#include <string_view>

namespace gatepost {

// `status`: an enhanced status code (RFC 3463 3.2). Not those that are said of senders, whom many
// servers refuse at RCPT only: 5.1.0, 5.1.7, 5.1.8, 5.1.9; nor policy (5.7.x), nor troubles (4yz).
inline bool is_unknown_user(std::string_view status) {
  return status.starts_with("5.1.") && status != "5.1.0" && status != "5.1.7" &&
         status != "5.1.8" && status != "5.1.9";
}

}  // namespace gatepost
