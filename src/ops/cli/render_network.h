// Banned networks in words.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace gatepost {

// `why NETWORK`, and `ban NETWORK` once it is done.
std::string render_network(const boost::json::object& story, bool colour);
std::string render_network_ban(const boost::json::object& story);

}  // namespace gatepost
