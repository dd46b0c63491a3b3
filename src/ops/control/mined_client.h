// What a mined log adds to one client: as the control API has it, and as it is remembered so that
// it can be taken back.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <vector>

#include "base/result.h"
#include "gate/applied_client.h"
#include "model/record.h"

namespace gatepost {

boost::json::object applied_json(const AppliedClient& client);
// What is missing is nothing; the log's times end at `now` at the latest.
Result<AppliedClient> parse_applied(const boost::json::value& value, WallTime now);

// Observations of a client, in their order, and of its neighbours among them.
struct MinedShare {
  ClientKey client;
  Record before;  // tallies and trials are not remembered
  std::vector<Observation> observations;

  const Observation* sentence() const;  // null: it gets none
};

boost::json::object mined_json(const MinedShare& client);
// Nothing where it is none of ours.
std::optional<MinedShare> parse_mined(const boost::json::value& value);

// What takes all of it back, in that order.
std::vector<Observation> taking_back(const MinedShare& mined);

// A member that is a whole number and not below zero.
std::optional<std::uint64_t> whole_member(const boost::json::object& object, std::string_view key);

}  // namespace gatepost
