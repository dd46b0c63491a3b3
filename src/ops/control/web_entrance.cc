// Implements ops/control/web_entrance.h.
#include "ops/control/web_entrance.h"

#include <openssl/crypto.h>

#include <utility>

#include "base/text.h"
#include "ops/control/target.h"

namespace gatepost {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// In a time that tells nothing of where they differ.
bool is_token(std::string_view said, std::string_view token) {
  return !token.empty() && said.size() == token.size() &&
         CRYPTO_memcmp(said.data(), token.data(), token.size()) == 0;
}

Response unauthorized(std::string_view why) {
  auto response = problem(401, why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// It names a file on this host that is to be written.
bool is_for_this_host(const Request& request) {
  const auto target = Target::parse(request.target);
  return target && !target->path.empty() && target->path.back() == "backup";
}

}  // namespace

WebEntrance::WebEntrance(SettingsSource settings, std::function<WallTime()> now, Alarm alarm)
    : settings_(std::move(settings)), now_(std::move(now)), alarm_(std::move(alarm)) {}

void WebEntrance::tell_of_wrong_token() {
  const auto now = now_();
  const auto last = told_.load();
  if (last != kNever && now >= last && now - last < std::chrono::minutes(1)) return;
  told_ = now;
  alarm_("web-token-wrong", "somebody asks the control API with a token that is none of [web]",
         now);
}

std::optional<Response> WebEntrance::refuses(const Request& request) {
  const auto settings = settings_();
  const std::string_view said = request.authorization;
  if (!starts_with_ignoring_case(said, kBearer))
    return unauthorized("expected \"Authorization: Bearer TOKEN\"");
  const auto token = trim(said.substr(kBearer.size()));
  const bool is_operator = is_token(token, settings->web.operator_token);
  if (!is_operator && !is_token(token, settings->web.read_token)) {
    tell_of_wrong_token();
    return unauthorized("the token is none of [web]");
  }
  if (!is_operator && request.method != "GET")
    return problem(403, "this token may look, and change nothing");
  if (is_for_this_host(request))
    return problem(403, "a backup is made on the host itself: gatepost backup");
  return std::nullopt;
}

}  // namespace gatepost
