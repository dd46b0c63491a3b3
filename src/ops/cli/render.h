// Answers of the control API as text for a person. Everything from outside is escaped.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace gatepost {

// The story of `why`. With `colour` the state is in colour.
std::string render_why(const boost::json::object& story, bool colour);

std::string render_status(const boost::json::object& status, bool colour);

// A table; empty where there is no row.
std::string render_list(const boost::json::object& page, bool colour);
std::string render_exceptions(const boost::json::object& answer);

}  // namespace gatepost
