// A request to the control API and its answer, apart from how they travel.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost {

// What somebody may do who asks: look, change things, or all, for who may open the control socket.
enum class Role { reader, operator_, local };
std::string_view to_string(Role role);  // "operator"

struct ApiCaller {
  Role role = Role::local;
  std::string address = {};  // of the peer; empty on the control socket
};

struct Request {
  std::string method = "GET";
  std::string target;             // path and query, percent-encoded
  std::string body;               // JSON, or empty
  std::string content_type = {};  // of the body; empty: JSON
  std::string authorization = {};
  std::map<std::string, std::string, std::less<>> headers = {};  // all, by name in lower case
  ApiCaller caller = {};
  bool tls = false;  // it came inside TLS of ours

  std::string_view header(std::string_view name) const;  // empty where there is none
};

// "/dashboard/x" of "/dashboard/x?y": what comes before the query, as it was sent.
std::string_view path_of(const Request& request);

// Of a body that is a message (RFC 2046 5.2.1).
inline constexpr std::string_view kMessageType = "message/rfc822";
bool is_message(const Request& request);

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides type and length
  // An answer that goes on behind `body`: asked four times a second for what is to be sent then,
  // which may be nothing; no text is the end of it.
  std::function<std::optional<std::string>()> more = {};

  bool ok() const { return status >= 200 && status < 300; }
};

// An error in the form of RFC 9457; `detail` is a sentence for a person.
Response problem(int status, std::string_view detail);

// RFC 9110 15: "Not Found"; for those that are used here.
std::string_view reason_of(int status);

}  // namespace gatepost
