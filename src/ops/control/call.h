// What the handler of a request gets, and what handlers share.
#pragma once

#include <boost/json/object.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "ops/control/control.h"
#include "ops/control/target.h"

namespace gatepost {

// One request taken apart. The settings are those at its beginning, for all of it.
struct Call {
  const ControlParts& parts;
  const Settings& settings;
  WallTime now;
  std::map<std::string, std::string> query;
  std::string argument;      // the segment of the path that stands for '*' in the route
  boost::json::object body;  // empty where none was sent
  std::string_view text;     // the body as it was sent, where the route takes any
  bool is_message = false;   // it is one
  ApiCaller caller;
  const Request& request;  // as it came

  Ledger& ledger() const { return parts.ledger; }

  // Empty where the query has no such name.
  std::string_view query_value(const std::string& name) const;

  // False where the gate is ending, which does not wait for long answers.
  bool may_go_on() const { return !parts.may_go_on || parts.may_go_on(); }

  // All that the ledger has, or that is active; they end early where the gate does.
  using VisitRecord = std::function<bool(const ClientKey&, const Record&)>;
  void each_record(const VisitRecord& visit) const;
  void each_active_record(const VisitRecord& visit) const;

  // Writes a line about what an operator did.
  void log(std::string_view action, std::string_view target, std::string_view remark) const;
};

Response json_response(const boost::json::object& object);

// In the place of a long answer that is not whole because the gate is ending.
Response ending();

// The `limit` of the query: `by_default` where there is none; an error over `maximum` or under 1.
Result<std::size_t> limit_of(const Call& call, std::size_t by_default, std::size_t maximum);

// The `after` of the query: the client behind which a page begins; nothing where there is none.
Result<std::optional<ClientKey>> client_after_of(const Call& call);

// The `since` of the query: kNever where there is none.
Result<WallTime> since_of(const Call& call);

}  // namespace gatepost
