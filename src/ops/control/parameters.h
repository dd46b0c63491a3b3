// What can be asked for and said in requests to the control API, by name: one table for all routes.
#pragma once

#include <string_view>
#include <vector>

namespace gatepost {

struct Parameter {
  enum class Type { text, number, flag, list };
  std::string_view name;
  Type type;
  std::string_view sentence;
};

// Of a query, a body or a path; null where there is none.
const Parameter* find_parameter(std::string_view name);
const std::vector<Parameter>& parameters();

}  // namespace gatepost
