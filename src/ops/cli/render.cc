// Implements the lists of ops/cli/render.h.
#include "ops/cli/render.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/for_ever.h"
#include "ops/cli/render_parts.h"
#include "ops/cli/when.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

std::string until_cell(const json::object& row, WallTime now) {
  const auto end = time_member(row, "until");
  if (end == kNever) return "-";
  return is_for_ever(end - now) ? "forever" : local_time(end);
}

std::string time_cell(const json::object& row, std::string_view key) {
  const auto time = time_member(row, key);
  return time == kNever ? "-" : local_time(time);
}

}  // namespace

std::string render_list(const json::object& page, bool colour) {
  const auto& addresses = array_member(page, "addresses");
  if (addresses.empty()) return {};
  std::vector<std::vector<std::string>> rows{
      {"ADDRESS", "STATE", "ADDED", "UNTIL", "SCORE", "STRIKES", "SOURCE", "REASON"}};
  // Any row's moment tells forever from a date well enough.
  for (const auto& value : addresses) {
    if (!value.is_object()) continue;
    const auto& row = value.get_object();
    const auto state = painted_state(safe_member(row, "state"), colour) +
                       (flag_member(row, "observed") ? " (observed)" : "");
    rows.push_back({safe_member(row, "address"), state, time_cell(row, "added"),
                    until_cell(row, time_member(row, "added")),
                    fmt::format("{}", number_member(row, "score")),
                    fmt::format("{}", number_member(row, "strikes")), safe_member(row, "source"),
                    safe_member(row, "reason")});
  }
  return table(rows, 0);
}

std::string render_exceptions(const json::object& answer) {
  const auto& exceptions = array_member(answer, "exceptions");
  if (exceptions.empty()) return {};
  std::vector<std::vector<std::string>> rows{{"EXCEPTED", "KIND", "SOURCE", "ADDED", "REASON"}};
  for (const auto& value : exceptions) {
    if (!value.is_object()) continue;
    const auto& row = value.get_object();
    const auto whom = whom_member(row);
    rows.push_back({whom.text, whom.kind, safe_member(row, "source"), time_cell(row, "added"),
                    safe_member(row, "reason")});
  }
  return table(rows, 0);
}

}  // namespace gatepost
