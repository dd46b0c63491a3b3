// Implements ops/control/web_login.h.
#include "ops/control/web_login.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ops/control/logins.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

constexpr std::string_view kCookie = "gatepost";

// Over TLS of ours it is sent over nothing else.
std::string cookie_header(const Call& call, std::string_view value, Duration age) {
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{}", kCookie, value,
                     std::chrono::duration_cast<std::chrono::seconds>(age).count(),
                     call.request.tls ? "; Secure" : "");
}

Response done_with_cookie(const Call& call, std::string_view value, Duration age) {
  return Response{204, "", "", {{"Set-Cookie", cookie_header(call, value, age)}}};
}

}  // namespace

std::string_view cookie_of(const Request& request) {
  for (const auto part : split(request.header("cookie"), ';')) {
    const auto pair = trim(part);
    if (pair.starts_with(kCookie) && pair.substr(kCookie.size()).starts_with('='))
      return pair.substr(kCookie.size() + 1);
  }
  return {};
}

Response no_such_token(Duration wait) {
  if (wait == Duration{}) {
    auto response = problem(401, "the token is none of [web]");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto response = problem(429, "too many wrong tokens came; try again in a minute");
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

Response log_in(const Call& call) {
  if (!call.parts.logins || call.caller.address.empty())
    return problem(409, "here nobody need log in");
  const auto token = text_member(call.body, "token");
  const auto worth = call.parts.logins->worth_of(trim(token), call.caller.address);
  if (!worth.role) return no_such_token(worth.wait);
  Call known = call;
  known.caller.role = *worth.role;
  known.log("login", to_string(*worth.role), {});
  return done_with_cookie(call, call.parts.logins->open(*worth.role), Logins::kLength);
}

Response log_out(const Call& call) {
  if (const auto cookie = cookie_of(call.request); call.parts.logins && !cookie.empty()) {
    call.parts.logins->close(cookie);
    call.log("logout", to_string(call.caller.role), {});
  }
  return done_with_cookie(call, "", Duration{});
}

Response tell_who_asks(const Call& call) {
  boost::json::object body;
  body["role"] = to_string(call.caller.role);
  return json_response(body);
}

}  // namespace gatepost
