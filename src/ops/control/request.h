// A request to the control API and its answer, apart from how they travel.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost {

struct Request {
  std::string method = "GET";
  std::string target;             // path and query, percent-encoded
  std::string body;               // JSON, or empty
  std::string content_type = {};  // of the body; empty: JSON
  std::string authorization = {};
};

// Of a body that is a message (RFC 2046 5.2.1).
inline constexpr std::string_view kMessageType = "message/rfc822";
bool is_message(const Request& request);

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides type and length

  bool ok() const { return status >= 200 && status < 300; }
};

// An error in the form of RFC 9457; `detail` is a sentence for a person.
Response problem(int status, std::string_view detail);

// RFC 9110 15: "Not Found"; for those that are used here.
std::string_view reason_of(int status);

}  // namespace gatepost
