// Answers of the control API as text for a person. Everything from outside is escaped.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "model/instant.h"

namespace gatepost {

// The story of `why`. With `colour` the state is in colour.
std::string render_why(const boost::json::object& story, bool colour);

// At most ten lines: whether all is well, what to do if not, and what goes on.
std::string render_status(const boost::json::object& status, bool colour);
// All that is told, part after part.
std::string render_whole_status(const boost::json::object& status, bool colour);

// A table; empty where there is no row.
std::string render_list(const boost::json::object& page, bool colour);
// The inbox of `review` as a table, empty where there is none; and one row of it as a few lines.
std::string render_inbox(const boost::json::object& page);
std::string render_case(const boost::json::object& row, WallTime now, bool colour);
std::string render_exceptions(const boost::json::object& answer);

}  // namespace gatepost
