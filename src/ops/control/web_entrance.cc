// Implements ops/control/web_entrance.h.
#include "ops/control/web_entrance.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "ops/control/page_files.h"
#include "ops/control/target.h"
#include "ops/control/web_login.h"

namespace gatepost {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// It names a file on this host that is to be written.
bool is_for_this_host(const Request& request) {
  const auto target = Target::parse(request.target);
  return target && !target->path.empty() && target->path.back() == "backup";
}

// "example.org" of "example.org:8025", "::1" of "[::1]:8025" (RFC 9110 7.2).
std::string_view name_in(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// An address is no name that somebody else's DNS could lead to us.
bool is_our_name(std::string_view host, const Settings& settings) {
  const auto name = name_in(host);
  const auto is = [&](std::string_view ours) { return equals_ignoring_case(name, ours); };
  return Address::parse(name) || is("localhost") || is(settings.hostname) ||
         std::any_of(settings.web.names.begin(), settings.web.names.end(), is);
}

bool has_body(const Request& request) {
  const auto length = request.header("content-length");
  return (!length.empty() && length != "0") || !request.header("transfer-encoding").empty();
}

bool is_json(const Request& request) {
  const std::string_view type = request.content_type;
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

// What no page of another site can send without our leave: a browser tells who sent it, where it
// is a new one, and no form has this type (fetch.spec.whatwg.org, "CORS-safelisted").
bool is_from_our_page(const Request& request) {
  const auto site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  if (has_body(request) && !is_json(request)) return false;
  const auto origin = request.header("origin");
  if (origin.empty()) return true;
  const auto host = request.header("host");
  // In plain HTTP a server before us may be the one that speaks TLS.
  return equals_ignoring_case(origin, "https://" + std::string(host)) ||
         (!request.tls && equals_ignoring_case(origin, "http://" + std::string(host)));
}

Response from_elsewhere() {
  return problem(403,
                 "a change with the page's login comes from the page alone: as application/json, "
                 "with the header \"Gatepost-Request: 1\"");
}

}  // namespace

WebEntrance::WebEntrance(SettingsSource settings, Logins& logins)
    : settings_(std::move(settings)), logins_(logins) {}

// By token, or else by login.
std::optional<Response> WebEntrance::knows(Request& request) {
  const std::string_view said = request.authorization;
  if (!said.empty()) {
    const bool is_bearer = starts_with_ignoring_case(said, kBearer);
    const auto worth =
        is_bearer ? logins_.worth_of(trim(said.substr(kBearer.size())), request.caller.address)
                  : Logins::Worth{};
    if (!worth.role) return no_such_token(worth.wait);
    request.caller.role = *worth.role;
    return std::nullopt;
  }
  const auto role = logins_.role_of(cookie_of(request));
  if (!role) {
    auto response = problem(401, "expected \"Authorization: Bearer TOKEN\", or a login");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  request.caller.role = *role;
  if (request.method == "GET") return std::nullopt;
  const bool is_meant = request.header("gatepost-request") == "1";
  if (!is_meant || !is_from_our_page(request)) return from_elsewhere();
  return std::nullopt;
}

std::optional<Response> WebEntrance::refuses(Request& request) {
  const auto settings = settings_();
  request.caller.role = Role::reader;
  if (!is_our_name(request.header("host"), *settings))
    return problem(421, "this gate has another name; [web] names may have more of them");
  if (is_for_page(request)) return std::nullopt;
  if (path_of(request) == kLoginPath && request.method == "POST") {
    if (!is_from_our_page(request)) return from_elsewhere();
    return std::nullopt;
  }
  if (auto refusal = knows(request)) return refusal;
  const bool ends_login = path_of(request) == "/v1/logout" && request.method == "POST";
  if (request.caller.role != Role::operator_ && request.method != "GET" && !ends_login)
    return problem(403, "this token may look, and change nothing");
  if (is_for_this_host(request))
    return problem(403, "a backup is made on the host itself: gatepost backup");
  return std::nullopt;
}

}  // namespace gatepost
