// Implements ops/control/call.h.
#include "ops/control/call.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ops/control/client_view.h"
#include "ops/control/since.h"
#include "ops/journal/json_text.h"
#include "ops/log/log_lines.h"

namespace gatepost {

std::string_view Call::query_value(const std::string& name) const {
  const auto row = query.find(name);
  return row == query.end() ? std::string_view{} : row->second;
}

namespace {

constexpr std::size_t kRecordsUnasked = 1'000;

// Asks now and then whether it may go on.
Call::VisitRecord as_long_as_it_may(const Call& call, const Call::VisitRecord& visit) {
  return [&, count = std::size_t{0}](const ClientKey& client, const Record& record) mutable {
    return (++count % kRecordsUnasked != 0 || call.may_go_on()) && visit(client, record);
  };
}

}  // namespace

void Call::each_record(const VisitRecord& visit) const {
  ledger().records(std::nullopt, as_long_as_it_may(*this, visit));
}

void Call::each_active_record(const VisitRecord& visit) const {
  ledger().active_records(as_long_as_it_may(*this, visit));
}

void Call::log(std::string_view action, std::string_view target, std::string_view remark) const {
  if (!parts.log) return;
  parts.log(LogLevel::info,
            operator_line(action, target, remark, to_string(caller.role), caller.address));
}

Response json_response(const boost::json::object& object) {
  return Response{200, "application/json", json_text(object) + "\n", {}};
}

Response ending() { return problem(503, "the gate is ending; ask again when it is back"); }

Result<std::size_t> limit_of(const Call& call, std::size_t by_default, std::size_t maximum) {
  const auto text = call.query_value("limit");
  if (text.empty()) return by_default;
  const auto limit = parse_decimal<std::size_t>(text);
  if (limit && *limit >= 1 && *limit <= maximum) return *limit;
  return Error{fmt::format("limit: expected a number from 1 to {}", maximum)};
}

Result<std::optional<ClientKey>> client_after_of(const Call& call) {
  const auto text = call.query_value("after");
  if (text.empty()) return std::optional<ClientKey>();
  if (const auto address = parse_client(text)) return std::optional(ClientKey(*address));
  return Error{"after: expected an address"};
}

Result<WallTime> since_of(const Call& call) {
  const auto text = call.query_value("since");
  if (text.empty()) return kNever;
  if (const auto since = parse_since(text, call.now)) return *since;
  return Error{
      "since: expected a duration such as \"2d\" (so long ago), seconds since 1970 or a date such "
      "as \"2024-05-01\" or \"2024-05-01T12:30Z\""};
}

}  // namespace gatepost
