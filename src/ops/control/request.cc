// Implements ops/control/request.h.
#include "ops/control/request.h"

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>

#include "base/text.h"
#include "ops/journal/json_text.h"

namespace gatepost {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::reader:
      return "reader";
    case Role::operator_:
      return "operator";
    case Role::local:
      break;
  }
  return "local";
}

std::string_view Request::header(std::string_view name) const {
  const auto row = headers.find(name);
  return row == headers.end() ? std::string_view{} : row->second;
}

std::string_view path_of(const Request& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

bool is_message(const Request& request) {
  const std::string_view type = request.content_type;
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), kMessageType);
}

std::string_view reason_of(int status) {
  namespace http = boost::beast::http;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

Response problem(int status, std::string_view detail) {
  boost::json::object body;
  body["type"] = "about:blank";
  body["title"] = reason_of(status);
  body["status"] = status;
  body["detail"] = detail;
  return Response{status, "application/problem+json", json_text(body) + "\n", {}};
}

}  // namespace gatepost
